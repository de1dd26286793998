#include "session/catalog.hpp"

#include <algorithm>
#include <utility>

namespace sidestep::session {

TextStore::Place TextStore::keep(std::string_view text) {
  const std::size_t bytes = text.size() + 1;
  if (blocks_.empty() || blocks_.back().size() + bytes > block)
    blocks_.emplace_back().reserve(std::max(block, bytes));
  Block& last = blocks_.back();
  const auto place = static_cast<Place>((blocks_.size() - 1) * block + last.size());
  last.insert(last.end(), text.begin(), text.end());
  last.push_back('\0');
  return place;
}

std::string_view TextStore::at(Place place) const {
  const auto number = static_cast<std::uint32_t>(place);
  return &blocks_[number / block][number % block];
}

SiteId Catalog::add(SiteInfo info, std::shared_ptr<const core::Observations> observations) {
  const std::lock_guard lock(mutex_);
  constexpr std::uint64_t most = 0xffff'ffff;  // so far into a function no site is
  if (info.func_off > most) info.func.clear(), info.func_off = 0;
  Kept site{info.ip, {}, static_cast<std::uint32_t>(info.func_off), 0, 0};
  // Sites at each instruction of a function come one after the other.
  const auto before = sites_.size() ? sites_[sites_.size() - 1].func : names_.keep("");
  site.func = names_.at(before) == info.func ? before : names_.keep(info.func);
  Common common{
      info.pid, std::move(info.module), std::move(info.module_path), info.ip - info.off.value,
      {},       std::move(info.probes)};
  if (info.src) {
    common.file = std::move(info.src->file);
    site.line = info.src->line;
  }
  site.common = commons_.keep(std::move(common));
  return keep(site, std::move(observations));
}

SiteId Catalog::copy(SiteId original, Pid copy) {
  const std::lock_guard lock(mutex_);
  Kept site = sites_[static_cast<std::size_t>(original)];
  Common common = commons_[site.common];
  common.pid = copy;
  site.common = commons_.keep(std::move(common));
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
  const Common& common = commons_[site.common];
  SiteInfo info;
  info.id = id;
  info.pid = common.pid;
  info.ip = site.ip;
  info.module = common.module;
  info.module_path = common.module_path;
  info.off.value = site.ip.value - common.base.value;
  info.func = names_.at(site.func);
  info.func_off = site.func_off;
  if (!common.file.empty()) info.src = SourceLine{common.file, site.line};
  info.probes = common.probes;
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
    if (!commons_[sites_[i].common].probes.empty())
      probed.push_back(described(static_cast<SiteId>(i)));
  return probed;
}

}  // namespace sidestep::session
