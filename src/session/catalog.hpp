// Descriptions of all sites of a session, by id. Written by the tracing thread, read by the output
// thread; entries stay where they are, so that events can point to them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/arming.hpp"

namespace sidestep::session {

class Catalog final : public core::Catalog {
 public:
  SiteId add(SiteInfo info, std::shared_ptr<const core::Observations> observations) override;
  SiteId copy(SiteId original, Pid copy) override;
  void modules(std::uint32_t version, const std::vector<core::Mapping>& mappings,
               const std::vector<core::Module>& modules) override;
  /// Valid for the catalog's lifetime.
  const SiteInfo& get(SiteId id) const;
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
  mutable std::mutex mutex_;
  static constexpr std::size_t versions_kept = 256;

  std::deque<SiteInfo> sites_;
  std::deque<std::shared_ptr<const core::Observations>> observations_;  // by site
  std::map<std::uint32_t, std::shared_ptr<const Mapped>> mapped_;       // by version
};

}  // namespace sidestep::session
