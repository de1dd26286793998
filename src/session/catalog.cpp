#include "session/catalog.hpp"

namespace sidestep::session {

SiteId Catalog::add(SiteInfo info, std::shared_ptr<const core::Observations> observations) {
  const std::lock_guard lock(mutex_);
  info.id = static_cast<SiteId>(sites_.size());
  sites_.push_back(std::move(info));
  observations_.push_back(std::move(observations));
  return sites_.back().id;
}

SiteId Catalog::copy(SiteId original, Pid copy) {
  SiteInfo info = get(original);
  info.pid = copy;
  std::shared_ptr<const core::Observations> observations;
  {
    const std::lock_guard lock(mutex_);
    observations = observations_.at(static_cast<std::size_t>(original));
  }
  return add(std::move(info), std::move(observations));
}

void Catalog::modules(std::uint32_t version, const std::vector<core::Mapping>& mappings,
                      const std::vector<core::Module>& modules) {
  auto copy = std::make_shared<const Mapped>(Mapped{mappings, modules});
  const std::lock_guard lock(mutex_);
  mapped_[version] = std::move(copy);
  if (mapped_.size() > versions_kept) mapped_.erase(mapped_.begin());
}

const SiteInfo& Catalog::get(SiteId id) const {
  const std::lock_guard lock(mutex_);
  return sites_.at(static_cast<std::size_t>(id));
}

const core::Observations* Catalog::observations(SiteId id) const {
  const std::lock_guard lock(mutex_);
  return observations_.at(static_cast<std::size_t>(id)).get();
}

std::shared_ptr<const Catalog::Mapped> Catalog::mapped(std::uint32_t version) const {
  const std::lock_guard lock(mutex_);
  const auto found = mapped_.find(version);
  return found == mapped_.end() ? nullptr : found->second;
}

std::vector<SiteInfo> Catalog::probed() const {
  const std::lock_guard lock(mutex_);
  std::vector<SiteInfo> probed;
  for (const SiteInfo& site : sites_)
    if (!site.probes.empty()) probed.push_back(site);
  return probed;
}

}  // namespace sidestep::session
