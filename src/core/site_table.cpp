#include "core/site_table.hpp"

#include <algorithm>
#include <utility>

namespace sidestep::core {

Site& SiteTable::add(Site site) {
  const SiteId id = site.plan.id;
  const Address address = site.plan.address;
  assert(!contains(id) && !at(address));
  std::uint32_t number = static_cast<std::uint32_t>(sites_.size());
  if (free_.empty()) {
    sites_.push_back(std::move(site));
  } else {
    number = free_.back();
    free_.pop_back();
    sites_[number] = std::move(site);
  }
  by_id_.set(static_cast<std::uint64_t>(id), number);
  by_address_.add(address.value, number, address_of());
  return sites_[number];
}

const Site* SiteTable::next(std::size_t& from) const {
  while (from < sites_.size())
    if (const Site& place = sites_[from++]; is_taken(place)) return &place;
  return nullptr;
}

template <class F>
void SiteTable::for_each_granule(const Site& site, F f) const {
  const Address end = site.plan.slot + site.slot_map->size();
  for (std::uint64_t g = site.plan.slot.value / granule; g <= (end.value - 1) / granule; ++g) f(g);
}

void SiteTable::map_slot(const Site& site) {
  const std::uint32_t number = known(site.plan.id);
  for_each_granule(site, [&](std::uint64_t g) { by_granule_.set(g, number); });
  slots_.begin = std::min(slots_.begin, site.plan.slot);
  slots_.end = std::max(slots_.end, site.plan.slot + site.slot_map->size());
}

void SiteTable::remove(SiteId id) {
  const std::uint32_t number = number_of(id);
  if (number == no_site) return;
  Site& site = sites_[number];
  by_address_.erase(site.plan.address.value, address_of());
  by_id_.erase(static_cast<std::uint64_t>(id));
  if (site.plan.slot)
    for_each_granule(site, [&](std::uint64_t g) {
      if (by_granule_.find(g) == number) by_granule_.erase(g);
    });
  site = Site{};
  free_.push_back(number);
}

Place SiteTable::locate(Address pc) const {
  const Place program{Place::Where::Program, SiteId::None, PcPoint::Progress::NotStarted, pc, pc};
  if (!slots_.contains(pc)) return program;
  const std::uint32_t number = by_granule_.find(pc.value / granule);
  if (number == no_site) return program;
  const Site& site = sites_[number];
  const std::uint64_t offset = pc.value - site.plan.slot.value;
  const auto point = site.point(offset);
  if (!point) return program;
  const auto where = site.slot_map->in_twin(offset) ? Place::Where::Twin : Place::Where::Slot;
  return {where, site.plan.id, point->progress, pc, point->resume};
}

}  // namespace sidestep::core
