#include "session/catalog.hpp"

namespace sidestep::session {

SiteId Catalog::add(SiteInfo info) {
  const std::lock_guard lock(mutex_);
  info.id = static_cast<SiteId>(sites_.size());
  sites_.push_back(std::move(info));
  return sites_.back().id;
}

SiteId Catalog::copy(SiteId original, Pid copy) {
  SiteInfo info = get(original);
  info.pid = copy;
  return add(std::move(info));
}

const SiteInfo& Catalog::get(SiteId id) const {
  const std::lock_guard lock(mutex_);
  return sites_.at(static_cast<std::size_t>(id));
}

std::vector<SiteInfo> Catalog::probed() const {
  const std::lock_guard lock(mutex_);
  std::vector<SiteInfo> probed;
  for (const SiteInfo& site : sites_)
    if (!site.probes.empty()) probed.push_back(site);
  return probed;
}

}  // namespace sidestep::session
