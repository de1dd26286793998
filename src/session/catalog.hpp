// Descriptions of all sites of a session, by id. Written by the tracing thread, read by the output
// thread. There may be a hundred thousand sites, most of which are never hit: what is kept of each
// is small, and the description that events point to is made when it is first asked for.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/arming.hpp"
#include "core/page_allocator.hpp"
#include "core/steady_vector.hpp"

namespace sidestep::session {

/// Holds text for good, one piece behind the other.
class TextStore {
 public:
  enum class Place : std::uint32_t {};

  Place keep(std::string_view text);       ///< without a NUL in it
  std::string_view at(Place place) const;  ///< valid as long as this is

 private:
  static constexpr std::size_t block = 1 << 16;  // bytes; longer text has one to itself
  using Block = std::vector<char, core::PageAllocator<char>>;
  std::vector<Block> blocks_;  // none grows beyond what it was made with
};

/// Holds each different value once; they are known by number.
template <class T>
class Distinct {
 public:
  std::uint32_t keep(T value) {
    const auto next = static_cast<std::uint32_t>(values_.size());
    const auto [entry, fresh] = numbers_.try_emplace(std::move(value), next);
    if (fresh) values_.push_back(&entry->first);
    return entry->second;
  }
  const T& operator[](std::uint32_t number) const { return *values_[number]; }

 private:
  std::map<T, std::uint32_t> numbers_;
  std::vector<const T*> values_;
};

class Catalog final : public core::Catalog {
 public:
  SiteId add(SiteInfo info, std::shared_ptr<const core::Observations> observations) override;
  SiteId copy(SiteId original, Pid copy) override;
  void modules(std::uint32_t version, const std::vector<core::Mapping>& mappings,
               const std::vector<core::Module>& modules) override;
  /// Valid for the catalog's lifetime: for those that are hit.
  const SiteInfo& get(SiteId id) const;
  /// For going over all of them.
  SiteInfo describe(SiteId id) const;
  /// What its probes see, in their order; nullptr: they only count.
  const core::Observations* observations(SiteId id) const;
  /// What was mapped in the process whose modules had that version; nullptr: long ago.
  struct Mapped {
    std::vector<core::Mapping> mappings;
    std::vector<core::Module> modules;
  };
  std::shared_ptr<const Mapped> mapped(std::uint32_t version) const;
  std::vector<SiteInfo> probed() const;  ///< those that serve a probe

 private:
  /// What the sites of the same probes in the same source file have in common, or in the same
  /// module if no source file is known.
  struct Common {
    Pid pid;
    std::string module, module_path;
    Address base;
    std::string file;  // "": no source line
    std::vector<ProbeId> probes;
    auto operator<=>(const Common&) const = default;
  };
  struct Kept {
    Address ip;
    TextStore::Place func;
    std::uint32_t func_off;
    std::uint32_t line;
    std::uint32_t common;
  };
  static_assert(sizeof(Kept) == 24);

  SiteInfo described(SiteId id) const;
  SiteId keep(const Kept& site, std::shared_ptr<const core::Observations> observations);

  mutable std::mutex mutex_;
  static constexpr std::size_t versions_kept = 256;

  core::SteadyVector<Kept> sites_;
  TextStore names_;  // of functions
  Distinct<Common> commons_;
  std::unordered_map<SiteId, std::shared_ptr<const core::Observations>> observations_;
  mutable std::unordered_map<SiteId, SiteInfo> asked_for_;
  std::map<std::uint32_t, std::shared_ptr<const Mapped>> mapped_;  // by version
};

}  // namespace sidestep::session
