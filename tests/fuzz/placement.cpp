#include "placement.hpp"

#include <array>

namespace sidestep::fuzz {
namespace {

constexpr std::uint64_t reach = std::uint64_t{1} << 31;
constexpr std::uint64_t user_half = (std::uint64_t{1} << 47) - 1;

/// Fixed, PIE and shared code, and the edges of 2 GiB, 4 GiB and the user's half.
constexpr std::array<std::uint64_t, 8> sites = {
    0x40'1000,   0x5555'5555'4a3c, 0x7f12'3456'7890, 0x7fff'ff00,
    0xffff'ff80, 0x1'0000'0010,    0x7fff'ffff'ef80, 0x1'0003};

std::int16_t delta_of(Placement choice) {
  return static_cast<std::int16_t>(choice[1] | choice[2] << 8);
}

/// Mostly a slot's length or so; sometimes more.
std::uint64_t small(std::int16_t delta) {
  return static_cast<std::uint64_t>(delta % 2 ? delta / 256 : delta);
}

}  // namespace

Address site_of(Placement choice) {
  return {sites[choice[3] % sites.size()] + choice[3] / sites.size()};
}

Address slot_of(Placement choice, const core::Instruction& insn, Address target) {
  const std::uint64_t delta = small(delta_of(choice));
  const Address operand = insn.operand.value_or(target);
  Address slot;
  switch (choice[0] % 10) {
    case 0:
      slot = insn.site - 0x1'0000 + delta;
      break;
    case 1:
      slot = insn.site + 0x1'0000 + delta;
      break;
    case 2:
      slot = operand + reach + delta;
      break;
    case 3:
      slot = operand - reach + delta;
      break;
    case 4:
      slot = target + reach + delta;
      break;
    case 5:
      slot = target - reach + delta;
      break;
    case 6:
      slot = insn.next() + reach + delta;
      break;
    case 7:
      slot = insn.next() - reach + delta;
      break;
    case 8:
      slot = {0x1'8000 + delta};
      break;
    default:
      slot = {0x7fff'7000'0000 + delta};
      break;
  }
  return {slot.value & user_half};
}

}  // namespace sidestep::fuzz
