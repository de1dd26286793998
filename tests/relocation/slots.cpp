#include "slots.hpp"

namespace sidestep::test {
namespace {

constexpr std::uint64_t reach = 0x8000'0000;
constexpr std::uint64_t granule = 16;  // slots start on this boundary

Address rounded_down(Address at) {
  return at - at.value % granule;
}

/// The outermost slot that reaches the operand, below it or above. With one more step away it must
/// be refused; the last granules before that may be, as the slot's length counts as well.
void add_edge(const core::Architecture& arch, const core::Instruction& insn, Slots& out) {
  const bool below = insn.operand->value >= reach;
  const Address outermost =
      rounded_down(below ? *insn.operand - (reach - granule) : *insn.operand + reach);
  const std::uint64_t step = below ? granule : ~(granule - 1);  // inwards
  Address slot = outermost;
  std::uint64_t tried = 0;
  while (!arch.reaches(insn, slot) && ++tried < 8) slot = slot + step;
  if (tried == 8) out.wrong = "a slot within reach is refused";
  if (arch.reaches(insn, outermost - 2 * step)) out.wrong = "a slot out of reach is accepted";
  if (arch.reaches(insn, layout::far_slot)) out.wrong = "a slot far out of reach is accepted";
  out.usable.push_back(slot);
}

}  // namespace

Slots slots_for(const core::Architecture& arch, const core::Instruction& insn,
                const Situation& situation, std::uint64_t seed) {
  Slots out;
  out.usable.push_back(layout::near_slot);
  if (insn.operand) {
    add_edge(arch, insn, out);
    return out;
  }
  out.usable.push_back(layout::far_slot);
  if (!situation.decoded.is_relative_branch()) return out;
  // Around the place from which a 32-bit jump just reaches the target, or just not.
  const auto offset = static_cast<std::uint64_t>(situation.decoded.insn.raw.imm[0].value.s);
  const Address target = insn.next() + offset;
  out.usable.push_back(rounded_down(target + (reach - granule * (mixed(seed) % 3))));
  return out;
}

}  // namespace sidestep::test
