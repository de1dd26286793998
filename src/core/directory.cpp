// Arming's part that writes what a scratch area says of itself, and the handler that reads it.
#include <algorithm>
#include <cstring>

#include "core/arming.hpp"
#include "core/instruction_of.hpp"

namespace sidestep::core {
namespace {

SlotEntry entry_of(const Site& site) {
  const SlotMap& slot = *site.slot_map;
  const bool in_twin = site.plan.form == Form::Twin;
  // Behind a one-byte instruction that ran in the twin the PC is what it was at the trap.
  const bool can_mislead = in_twin && site.code().size() == 1;
  SlotEntry entry;
  entry.site = site.plan.address.value;
  const Address resume = site.behind_twin().value_or(site.plan.address);
  entry.resume = static_cast<std::int32_t>(resume - site.plan.address);
  entry.length = static_cast<std::uint16_t>(slot.size());
  entry.enter = in_twin ? slot.twin_offset() : 0;
  entry.twin_end = slot.twin_end();
  entry.original = site.original();
  const unsigned needs = site.plan.form == Form::Step || can_mislead ? SlotEntry::NeedsTracer : 0;
  const unsigned shows = site.plan.fixup == Fixup::FpuIp ? SlotEntry::ShowsFpuIp : 0;
  entry.flags = static_cast<std::uint16_t>(needs | shows);
  return entry;
}

}  // namespace

bool Arming::write_all(const std::vector<SlotSource::Patch>& patches, Tid by) {
  return std::all_of(patches.begin(), patches.end(), [&](const SlotSource::Patch& patch) {
    return kernel_.write(by, patch.at, patch.bytes) == patch.bytes.size();
  });
}

/// The slot, and then the entry by which a later session finds it.
bool Arming::write_slot(Process& process, Site& site, Tid by) {
  if (site.slot_written) return true;
  const SlotImage image = image_of(arch_, site);
  const std::span<const std::uint8_t> bytes(image.bytes.begin(), image.bytes.end());
  if (kernel_.write(by, site.plan.slot, bytes) != bytes.size()) return false;
  const auto patches = space(process).slots->enter(entry_of(site), site.plan.slot);
  return site.slot_written = write_all(patches, by);
}

void Arming::link_areas(Process& process, Tid by) {
  write_all(space(process).slots->link_areas(), by);
}

std::vector<std::uint8_t> Arming::trap_action(Process& process) {
  const Address at = space(process).slots->handler().value_or(Address{});
  return kernel_.trap_action(at, at + arch_.trap_handler().restorer);
}

std::optional<Address> Arming::write_trap_handler(Process& process, Tid by) {
  const TrapHandler handler = arch_.trap_handler();
  if (handler.code.empty()) return std::nullopt;
  SlotSource& slots = *space(process).slots;
  std::optional<Address> at = slots.handler();
  constexpr std::size_t room_for_action = 64;
  if (!at) at = slots.reserve_handler(handler.code.size() + room_for_action);
  if (!at || kernel_.write(by, *at, handler.code) != handler.code.size()) return std::nullopt;
  slots.set_handler(*at, *at + handler.first_area);
  link_areas(process, by);
  const Address action = *at + handler.code.size();
  const auto bytes = trap_action(process);
  if (kernel_.write(by, action, bytes) != bytes.size()) return std::nullopt;
  return action;
}

}  // namespace sidestep::core
