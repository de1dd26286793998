#include "core/instruction_of.hpp"

#include <utility>

namespace sidestep::core {

Instruction instruction_of(const Architecture& arch, const Site& site) {
  auto again = arch.analyze(site.code(), site.plan.address);
  auto* insn = std::get_if<Instruction>(&again);
  if (!insn) __builtin_trap();  // these bytes have been analysed before
  return std::move(*insn);
}

SlotImage image_of(const Architecture& arch, const Site& site) {
  return arch.relocate(instruction_of(arch, site), site.plan.slot);
}

}  // namespace sidestep::core
