// The sites of one address space: found by id, by address (at a trap) and by slot address (for the
// PC map). Owned by its AddressSpace; used by the tracing thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/site.hpp"
#include "core/stop.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

class SiteTable {
 public:
  /// Takes over a site whose plan has an id and an address that are not in the table yet.
  Site& add(Site site);
  /// Makes the slot at site.plan.slot (and its twin) known to `locate`.
  void map_slot(const Site& site);
  /// The cost does not grow with the number of sites: a module may leave with all of its own.
  void remove(SiteId id);

  Site* at(Address address);  ///< nullptr: no site there
  const Site* at(Address address) const;
  const Site* find(SiteId id) const {  ///< nullptr: gone
    auto found = sites_.find(id);
    return found == sites_.end() ? nullptr : found->second.get();
  }
  Site& get(SiteId id) { return *sites_.at(id); }
  const SitePlan& plan(SiteId id) const { return sites_.at(id)->plan; }
  bool contains(SiteId id) const { return sites_.contains(id); }

  /// Where `pc` is. Anything outside our slots is the program.
  Place locate(Address pc) const;

  std::size_t size() const { return sites_.size(); }
  /// Some order, stable while no site comes or goes: for going round all of them bit by bit.
  const Site* nth(std::size_t n) const { return n < order_.size() ? order_[n] : nullptr; }
  template <class F>
  void for_each(F f) {
    for (auto& [id, site] : sites_) f(*site);
  }
  template <class F>
  void for_each(F f) const {
    for (const auto& [id, site] : sites_) f(const_cast<const Site&>(*site));
  }

 private:
  void unmap_slot(const Site& site);

  static constexpr std::uint64_t granule = 16;  // slots start on this boundary

  std::unordered_map<SiteId, std::unique_ptr<Site>> sites_;
  std::vector<const Site*> order_;
  std::unordered_map<SiteId, std::size_t> position_;  // in order_
  std::unordered_map<Address, Site*> by_address_;
  std::unordered_map<std::uint64_t, const Site*> by_granule_;  // slot address / granule
  AddressRange slots_{{~0ull}, {0}};                           // hull of all slots: the quick "no"
};

}  // namespace sidestep::core
