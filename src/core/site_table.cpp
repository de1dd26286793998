#include "core/site_table.hpp"

#include <algorithm>
#include <cassert>

namespace sidestep::core {

Site& SiteTable::add(Site site) {
  const SiteId id = site.plan.id;
  auto owned = std::make_unique<Site>(std::move(site));
  Site& added = *owned;
  const bool fresh = sites_.emplace(id, std::move(owned)).second &&
                     by_address_.emplace(added.plan.address, &added).second;
  assert(fresh);
  (void)fresh;
  position_[id] = order_.size();
  order_.push_back(&added);
  return added;
}

void SiteTable::map_slot(const Site& site) {
  const Address begin = site.plan.slot;
  const Address end = begin + site.image.bytes.size();
  for (std::uint64_t g = begin.value / granule; g <= (end.value - 1) / granule; ++g)
    by_granule_[g] = &site;
  slots_.begin = std::min(slots_.begin, begin);
  slots_.end = std::max(slots_.end, end);
}

void SiteTable::remove(SiteId id) {
  auto found = sites_.find(id);
  if (found == sites_.end()) return;
  by_address_.erase(found->second->plan.address);
  unmap_slot(*found->second);
  // The last one takes its place.
  const std::size_t position = position_.at(id);
  order_[position] = order_.back();
  position_[order_[position]->plan.id] = position;
  order_.pop_back();
  position_.erase(id);
  sites_.erase(found);
}

void SiteTable::unmap_slot(const Site& site) {
  if (!site.plan.slot) return;
  const Address end = site.plan.slot + site.image.bytes.size();
  for (std::uint64_t g = site.plan.slot.value / granule; g <= (end.value - 1) / granule; ++g)
    if (const auto entry = by_granule_.find(g);
        entry != by_granule_.end() && entry->second == &site)
      by_granule_.erase(entry);
}

Site* SiteTable::at(Address address) {
  auto found = by_address_.find(address);
  return found == by_address_.end() ? nullptr : found->second;
}

const Site* SiteTable::at(Address address) const {
  auto found = by_address_.find(address);
  return found == by_address_.end() ? nullptr : found->second;
}

Place SiteTable::locate(Address pc) const {
  const Place program{Place::Where::Program, SiteId::None, PcPoint::Progress::NotStarted, pc, pc};
  if (!slots_.contains(pc)) return program;
  auto found = by_granule_.find(pc.value / granule);
  if (found == by_granule_.end()) return program;
  const Site& site = *found->second;
  for (const PcPoint& point : site.image.points) {
    if (site.plan.slot + point.offset != pc) continue;
    const bool twin = site.image.twin_offset && point.offset >= site.image.twin_offset;
    return {twin ? Place::Where::Twin : Place::Where::Slot, site.plan.id, point.progress, pc,
            point.resume};
  }
  return program;
}

}  // namespace sidestep::core
