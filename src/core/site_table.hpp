// The sites of one address space: found by id, by address (at a trap) and by slot address (for the
// PC map). Owned by its AddressSpace; used by the tracing thread only.
#pragma once

#include <cassert>
#include <cstdint>
#include <vector>

#include "core/site.hpp"
#include "core/site_index.hpp"
#include "core/steady_vector.hpp"
#include "core/stop.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

/// A site stays where it is in memory until it is removed, whatever others come and go.
class SiteTable {
 public:
  /// Takes over a site whose plan has an id and an address that are not in the table yet.
  Site& add(Site site);
  /// Makes the slot at site.plan.slot (and its twin) known to `locate`.
  void map_slot(const Site& site);
  /// The cost does not grow with the number of sites: a module may leave with all of its own.
  void remove(SiteId id);

  Site* at(Address address) { return entry(number_at(address)); }  ///< nullptr: no site there
  const Site* at(Address address) const { return entry(number_at(address)); }
  const Site* find(SiteId id) const { return entry(number_of(id)); }  ///< nullptr: gone
  Site& get(SiteId id) { return sites_[known(id)]; }
  const SitePlan& plan(SiteId id) const { return sites_[known(id)].plan; }
  bool contains(SiteId id) const { return number_of(id) != no_site; }

  /// Where `pc` is. Anything outside our slots is the program.
  Place locate(Address pc) const;

  std::size_t size() const { return sites_.size() - free_.size(); }
  /// For going round all of them bit by bit: the first from place `from` on, in the order of their
  /// places, which is stable while no site comes or goes. `from` is then the place behind it.
  /// nullptr: none is left.
  const Site* next(std::size_t& from) const;
  template <class F>
  void for_each(F f) {
    for (std::size_t n = 0; n < sites_.size(); ++n)
      if (is_taken(sites_[n])) f(sites_[n]);
  }
  template <class F>
  void for_each(F f) const {
    for (std::size_t n = 0; n < sites_.size(); ++n)
      if (is_taken(sites_[n])) f(sites_[n]);
  }

 private:
  static constexpr std::uint64_t granule = 16;  // slots start on this boundary

  static bool is_taken(const Site& place) { return place.plan.id != SiteId::None; }
  template <class F>
  void for_each_granule(const Site& site, F f) const;
  std::uint32_t number_of(SiteId id) const { return by_id_.find(static_cast<std::uint64_t>(id)); }
  std::uint32_t known(SiteId id) const {
    const std::uint32_t number = number_of(id);
    assert(number != no_site);
    return number;
  }
  auto address_of() const {
    return [this](std::uint32_t number) { return sites_[number].plan.address.value; };
  }
  std::uint32_t number_at(Address address) const {
    return by_address_.find(address.value, address_of());
  }
  Site* entry(std::uint32_t number) { return number == no_site ? nullptr : &sites_[number]; }
  const Site* entry(std::uint32_t number) const {
    return number == no_site ? nullptr : &sites_[number];
  }

  SteadyVector<Site> sites_;         // by number; a place without an id is free
  std::vector<std::uint32_t> free_;  // places of sites that are gone
  DenseIndex by_id_, by_granule_;    // by_granule_: slot address / granule
  SparseIndex by_address_;
  AddressRange slots_{{~0ull}, {0}};  // hull of all slots: the quick "no"
};

}  // namespace sidestep::core
