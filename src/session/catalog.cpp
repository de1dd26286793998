#include "session/catalog.hpp"

#include <algorithm>
#include <utility>

namespace sidestep::session {

std::string_view TextStore::keep(std::string_view text) {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size())
    blocks_.emplace_back().reserve(std::max(block, text.size()));
  std::string& last = blocks_.back();
  const std::size_t at = last.size();
  last += text;
  return std::string_view(last).substr(at);
}

SiteId Catalog::add(SiteInfo info, std::shared_ptr<const core::Observations> observations) {
  const std::lock_guard lock(mutex_);
  // Sites at each instruction of a function come one after the other.
  const bool same_function = sites_.size() && sites_[sites_.size() - 1].func == info.func;
  Kept site{info.ip, info.off, {}, info.func_off, nullptr, nullptr, nullptr, 0, info.pid};
  site.func = same_function ? sites_[sites_.size() - 1].func : names_.keep(info.func);
  site.module = &*modules_.emplace(std::move(info.module), std::move(info.module_path)).first;
  site.probes = &*probe_lists_.insert(std::move(info.probes)).first;
  if (info.src) {
    site.file = &*files_.insert(std::move(info.src->file)).first;
    site.line = info.src->line;
  }
  return keep(site, std::move(observations));
}

SiteId Catalog::copy(SiteId original, Pid copy) {
  const std::lock_guard lock(mutex_);
  Kept site = sites_[static_cast<std::size_t>(original)];
  site.pid = copy;
  const auto seen = observations_.find(original);
  return keep(site, seen == observations_.end() ? nullptr : seen->second);
}

SiteId Catalog::keep(const Kept& site, std::shared_ptr<const core::Observations> observations) {
  const auto id = static_cast<SiteId>(sites_.size());
  sites_.push_back(site);
  if (observations) observations_[id] = std::move(observations);
  return id;
}

void Catalog::modules(std::uint32_t version, const std::vector<core::Mapping>& mappings,
                      const std::vector<core::Module>& modules) {
  auto copy = std::make_shared<const Mapped>(Mapped{mappings, modules});
  const std::lock_guard lock(mutex_);
  mapped_[version] = std::move(copy);
  if (mapped_.size() > versions_kept) mapped_.erase(mapped_.begin());
}

SiteInfo Catalog::described(SiteId id) const {
  const Kept& site = sites_[static_cast<std::size_t>(id)];
  const auto& [module, path] = *site.module;
  SiteInfo info{
      id, site.pid,    site.ip, module, path, site.off, std::string(site.func), site.func_off,
      {}, *site.probes};
  if (site.file) info.src = SourceLine{*site.file, site.line};
  return info;
}

const SiteInfo& Catalog::get(SiteId id) const {
  const std::lock_guard lock(mutex_);
  const auto known = asked_for_.find(id);
  if (known != asked_for_.end()) return known->second;
  return asked_for_.emplace(id, described(id)).first->second;
}

SiteInfo Catalog::describe(SiteId id) const {
  const std::lock_guard lock(mutex_);
  return described(id);
}

const core::Observations* Catalog::observations(SiteId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = observations_.find(id);
  return found == observations_.end() ? nullptr : found->second.get();
}

std::shared_ptr<const Catalog::Mapped> Catalog::mapped(std::uint32_t version) const {
  const std::lock_guard lock(mutex_);
  const auto found = mapped_.find(version);
  return found == mapped_.end() ? nullptr : found->second;
}

std::vector<SiteInfo> Catalog::probed() const {
  const std::lock_guard lock(mutex_);
  std::vector<SiteInfo> probed;
  for (std::size_t i = 0; i < sites_.size(); ++i)
    if (!sites_[i].probes->empty()) probed.push_back(described(static_cast<SiteId>(i)));
  return probed;
}

}  // namespace sidestep::session
