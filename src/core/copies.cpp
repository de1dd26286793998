// Arming's part that deals with other memory in which our traps stand: of fork children, and of an
// image that an exec put there while it was being armed.
#include <algorithm>
#include <array>

#include "core/arming.hpp"
#include "core/instruction_of.hpp"

namespace sidestep::core {

void Arming::clean_copy(const Process& process, Tid copy) {
  process.sites.for_each([&](const Site& site) {
    std::array<std::uint8_t, 1> byte{};
    if (kernel_.read(copy, site.plan.address, byte) != 1 || byte[0] != arch_.trap_byte()) return;
    byte[0] = site.original();
    kernel_.write(copy, site.plan.address, byte);
  });
}

void Arming::clean_image(const Process& old, Tid by) {
  const std::vector<Mapping> now = kernel_.mappings(by);
  const auto at = [](const auto& mappings, Address address) {
    const auto found = std::find_if(mappings.begin(), mappings.end(),
                                    [&](const Mapping& m) { return m.range.contains(address); });
    return found == mappings.end() ? nullptr : &*found;
  };
  old.sites.for_each([&](const Site& site) {
    const Mapping* here = at(now, site.plan.address);
    for (const Module& module : old.modules) {
      const Mapping* there = at(module.mappings, site.plan.address);
      const bool same = here && there && here->inode == there->inode &&
                        here->range.begin - there->range.begin ==
                            static_cast<std::int64_t>(here->file_offset - there->file_offset);
      std::array<std::uint8_t, 1> byte{};
      if (!same || kernel_.read(by, site.plan.address, byte) != 1) continue;
      if (byte[0] != arch_.trap_byte()) continue;
      byte[0] = site.original();
      kernel_.write(by, site.plan.address, byte);
    }
  });
}

bool Arming::is_copy(const Process& process, Tid other) const {
  std::array<std::uint8_t, 1> byte{};
  std::size_t from = 0;
  const Site* site = process.sites.next(from);
  return site && kernel_.read(other, site->plan.address, byte) == 1 && byte[0] == arch_.trap_byte();
}

/// The copy may have been made before the area was mapped, or before the slot was written. False:
/// it has no memory for it.
bool Arming::copy_slot(Process& to, Site& site, Tid by) {
  std::array<std::uint8_t, SlotImage::max_bytes> bytes{};
  const auto there = std::span(bytes).first(site.slot_map->size());
  const bool mapped = kernel_.read(by, site.plan.slot, there) == there.size();
  const SlotImage image = image_of(arch_, site);
  const bool same = mapped && std::equal(there.begin(), there.end(), image.bytes.begin());
  if (same && site.slot_written) return true;
  site.slot_written = false;
  if (mapped && write_slot(to, site, by)) return true;
  space(to).slots->forget_area(site.plan.slot);
  return false;
}

void Arming::copy_sites(const Process& from, Process& to, Tid by) {
  const auto same = spaces_.find(&from);
  Space& here = spaces_[&to];
  here.slots = same == spaces_.end() ? make_slots_(arch_) : same->second.slots->clone();
  from.sites.for_each([&](const Site& original) {
    Site copy = original;
    if (const auto& watch = original.books.watch())
      copy.books.set_watch(std::make_shared<Watch>(
          Watch{watch->observations, std::vector<ProbeBooks>(watch->books.size())}));
    copy.plan.id = catalog_.copy(original.plan.id, to.pid);
    if (copy.plan.slot && !copy_slot(to, copy, by)) unplace(copy);
    const Site& site = to.sites.add(std::move(copy));
    if (site.plan.slot) to.sites.map_slot(site);
    if (needs_slot(site) && !site.plan.slot) here.unplaced.push_back(site.plan.id);
    if (on_site_) on_site_(site.plan);
    if (!site.armed) return;
    if (witness_) witness_->armed(to.pid, site.plan.address, site.original());
    std::array<std::uint8_t, 1> byte{};  // lift mode may have had the trap away
    if (kernel_.read(by, site.plan.address, byte) != 1 || byte[0] != site.original()) return;
    byte[0] = arch_.trap_byte();
    kernel_.write(by, site.plan.address, byte);
  });
  to.area_pending = !here.unplaced.empty();
  modules_changed(to, kernel_.mappings(by));
}

}  // namespace sidestep::core
