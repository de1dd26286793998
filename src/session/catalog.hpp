// Descriptions of all sites of a session, by id. Written by the tracing thread, read by the output
// thread. There may be a hundred thousand sites, most of which are never hit: what is kept of each
// is small, and the description that events point to is made when it is first asked for.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/arming.hpp"
#include "core/steady_vector.hpp"

namespace sidestep::session {

/// Holds text for good, one piece behind the other.
class TextStore {
 public:
  std::string_view keep(std::string_view text);

 private:
  static constexpr std::size_t block = 16 * 1024;
  std::vector<std::string> blocks_;  // none grows beyond what it was made with
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
  using ModuleName = std::pair<std::string, std::string>;  // file name, path
  struct Kept {
    Address ip;
    LoadOffset off;
    std::string_view func;
    std::uint64_t func_off;
    const ModuleName* module;
    const std::string* file;  // nullptr: no source line
    const std::vector<ProbeId>* probes;
    std::uint32_t line;
    Pid pid;
  };
  SiteInfo described(SiteId id) const;
  SiteId keep(const Kept& site, std::shared_ptr<const core::Observations> observations);

  mutable std::mutex mutex_;
  static constexpr std::size_t versions_kept = 256;

  core::SteadyVector<Kept> sites_;
  TextStore names_;  // of functions
  std::set<ModuleName> modules_;
  std::set<std::string> files_;
  std::set<std::vector<ProbeId>> probe_lists_;
  std::unordered_map<SiteId, std::shared_ptr<const core::Observations>> observations_;
  mutable std::unordered_map<SiteId, SiteInfo> asked_for_;
  std::map<std::uint32_t, std::shared_ptr<const Mapped>> mapped_;  // by version
};

}  // namespace sidestep::session
