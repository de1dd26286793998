// Descriptions of all sites of a session, by id. Written by the tracing thread, read by the output
// thread; entries stay where they are, so that events can point to them.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "core/arming.hpp"

namespace sidestep::session {

class Catalog final : public core::Catalog {
 public:
  SiteId add(SiteInfo info) override;
  SiteId copy(SiteId original, Pid copy) override;
  /// Valid for the catalog's lifetime.
  const SiteInfo& get(SiteId id) const;
  std::vector<SiteInfo> probed() const;  ///< those that serve a probe

 private:
  mutable std::mutex mutex_;
  std::deque<SiteInfo> sites_;
};

}  // namespace sidestep::session
