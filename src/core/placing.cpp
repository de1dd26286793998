// Arming's part that finds places for slots: in areas that are there, among them those of an
// earlier session, or in areas that have yet to be mapped.
#include <algorithm>
#include <array>
#include <iterator>

#include "core/arming.hpp"
#include "core/instruction_of.hpp"
#include "core/modules.hpp"

namespace sidestep::core {

bool Arming::needs_slot(const Site& site) const {
  if (site.plan.form == Form::OwnTrap) return false;
  return slots_for_probes_ || site.plan.purpose != Purpose::Probe;
}

bool Arming::place(Process& process, Site& site) {
  if (!needs_slot(site) || site.plan.slot) return true;
  SlotSource& slots = *space(process).slots;
  const Instruction insn = instruction_of(arch_, site);
  if (reuse(slots, insn, site)) return true;
  // Slots lie on a boundary, and the distance of their data from their code depends on that.
  const Address aligned{insn.site.value & ~std::uint64_t{SlotSource::alignment - 1}};
  std::size_t bytes = arch_.relocate(insn, aligned).bytes.size();
  for (;;) {
    const auto slot = slots.allocate(insn, bytes);
    if (!slot) return false;
    const SlotImage image = arch_.relocate(insn, *slot);
    if (image.bytes.size() > bytes) {  // far from its targets it is longer
      bytes = image.bytes.size();
      continue;
    }
    take(site, *slot, image);
    return true;
  }
}

void Arming::take(Site& site, Address slot, const SlotImage& image) {
  const Address at = site.plan.address, next = site.plan.next();
  site.slot_map = slot_maps_.keep(SlotMap(image, at, next));
  site.elsewhere = SlotMap::elsewhere(image, at, next);
  site.plan.slot = slot;
  site.plan.twin_offset = image.twin_offset;
}

void Arming::unplace(Site& site) {
  site.plan.slot = {};
  site.plan.twin_offset = 0;
}

/// A slot that an earlier session left for the same instruction. It may have a thread in it at this
/// moment, so it is taken as it is or not at all.
bool Arming::reuse(SlotSource& slots, const Instruction& insn, Site& site) {
  const auto left = slots.left_for(insn.site);
  if (!left || !arch_.reaches(insn, left->at)) return false;
  const SlotImage image = arch_.relocate(insn, left->at);
  if (!std::equal(image.bytes.begin(), image.bytes.end(), left->bytes.begin(), left->bytes.end()))
    return false;
  take(site, left->at, image);
  site.slot_written = true;
  return true;
}

std::optional<AddressRange> Arming::next_area(Process& process, Tid by) {
  Space& here = space(process);
  std::vector<Mapping> mappings;
  const std::size_t waiting = here.pending.size() + here.unplaced.size();
  const auto area_for = [&](Site& site) -> std::optional<AddressRange> {
    if (place(process, site)) return std::nullopt;
    if (here.within_padding) {
      refuse(site,
             "no memory can be mapped for its slot (a seccomp filter), and there is no room left "
             "behind its module's code");
      return std::nullopt;
    }
    if (mappings.empty()) mappings = kernel_.mappings(by);
    // No larger than a later session takes over; then there will be several.
    const std::size_t wanted = waiting * (SlotImage::max_bytes + SlotSource::entry_bytes);
    auto area = here.slots->choose_area(instruction_of(arch_, site),
                                        std::min<std::size_t>(wanted, SlotSource::largest_area / 2),
                                        mappings);
    if (!area) refuse(site, "no free memory within reach of it (2 GiB) for its slot");
    return area;
  };
  for (const SiteId id : here.unplaced)
    if (process.sites.contains(id))
      if (auto area = area_for(process.sites.get(id))) return area;
  for (auto entry = here.pending.begin(); entry != here.pending.end();) {
    Site& site = entry->second;
    if (auto area = area_for(site)) return area;
    const bool refused = needs_slot(site) && !site.plan.slot;
    entry = refused ? here.pending.erase(entry) : std::next(entry);
  }
  return std::nullopt;
}

void Arming::use_padding(Process& process) {
  Space& here = space(process);
  here.within_padding = true;
  for (const Module& module : process.modules)
    for (const AddressRange& range : resolver_.padding(module)) here.slots->add_area(range);
}

/// An attached process: takes over the areas that earlier sessions left in it, and takes out the
/// traps of one that was killed; how many those were. Before anything is resolved.
std::size_t Arming::adopt_areas(Process& process, Tid by) {
  SlotSource& slots = *space(process).slots;
  const std::vector<Mapping> mappings = kernel_.mappings(by);
  const auto adopt = [&](AddressRange range) {
    std::vector<std::uint8_t> bytes(range.size());
    if (kernel_.read(by, range.begin, bytes) == bytes.size()) slots.adopt(range, bytes);
  };
  for (const Mapping& m : mappings) {
    const bool anonymous = m.executable && !m.writable && !m.shared && m.path.empty();
    if (anonymous && m.range.size() <= SlotSource::largest_area) adopt(m.range);
  }
  std::vector<Module> modules = modules_from(mappings, kernel_.executable(by));
  for (Module& module : modules) {
    module.file = kernel_.file_of(by, module.mappings.front());
    for (const AddressRange& range : resolver_.padding(module)) adopt(range);
  }
  if (const auto handler = slots.handler())
    slots.set_handler(*handler, *handler + arch_.trap_handler().first_area);
  return take_out_left(slots, modules, by);
}

/// Where a trap stands at a site of ours and the file has none. Nobody else traces the process.
std::size_t Arming::take_out_left(const SlotSource& slots, std::span<const Module> modules,
                                  Tid by) {
  std::size_t taken_out = 0;
  for (const SlotSource::LeftTrap& trap : slots.left()) {
    std::array<std::uint8_t, 1> byte{};
    if (kernel_.read(by, trap.site, byte) != 1 || byte[0] != arch_.trap_byte()) continue;
    const auto module = std::find_if(modules.begin(), modules.end(), [&](const Module& m) {
      return mapping_at(m, trap.site) != nullptr;
    });
    if (module == modules.end() || byte_is_from_file(*module, trap.site)) continue;
    byte[0] = trap.original;
    taken_out += kernel_.write(by, trap.site, byte);
  }
  return taken_out;
}

void Arming::place_pending(Process& process) {
  for (auto& [address, site] : space(process).pending) place(process, site);
}

bool Arming::lacks_slot(const Process& process, SiteId id) const {
  const Site* site = process.sites.find(id);
  return site && needs_slot(*site) && !site->slot_written;
}

void Arming::mapped(Process& process, AddressRange asked, std::int64_t result, Tid by) {
  SlotSource& slots = *space(process).slots;
  if (result == static_cast<std::int64_t>(asked.begin.value))
    write_all(slots.add_area(asked), by);
  else
    slots.avoid(asked);
}

}  // namespace sidestep::core
