// What the analysis says of an instruction, compared with what the oracle reads.
#include <algorithm>
#include <limits>

#include "oracle/effect.hpp"
#include "oracle/oracle.hpp"
#include "oracle/reading.hpp"

namespace sidestep::oracle {
namespace {

using core::Finish;
using core::Fixup;
using core::Form;
using core::Instruction;

bool pushes_flags(ZydisMnemonic m) {
  return m == ZYDIS_MNEMONIC_PUSHF || m == ZYDIS_MNEMONIC_PUSHFD || m == ZYDIS_MNEMONIC_PUSHFQ;
}
bool pops_flags(ZydisMnemonic m) {
  return m == ZYDIS_MNEMONIC_POPF || m == ZYDIS_MNEMONIC_POPFD || m == ZYDIS_MNEMONIC_POPFQ;
}
bool returns_from_interrupt(ZydisMnemonic m) {
  return m == ZYDIS_MNEMONIC_IRET || m == ZYDIS_MNEMONIC_IRETD || m == ZYDIS_MNEMONIC_IRETQ;
}

/// What runs on to the next instruction can be caught there by a twin; what branches, by a step;
/// but a step of what loads the flags would leave the program its trap flag.
Finish finish_of(const Reading& reading) {
  if (returns_from_interrupt(reading.insn.mnemonic)) return Finish::None;
  switch (effect_of(reading)) {
    case Effect::GoesOn:
    case Effect::Speculates:
      return Finish::Twin;
    case Effect::EntersKernel:
    case Effect::Traps:
      return Finish::None;
    default:
      return Finish::Step;
  }
}

std::string form_is_wrong(const Reading& reading, const Instruction& insn) {
  const Effect effect = effect_of(reading);
  if (effect == Effect::EntersKernel && insn.form != Form::SystemCall)
    return "a system call that is not treated as one";
  if (effect == Effect::Traps && insn.form != Form::OwnTrap) return "the program's own trap";
  if (effect == Effect::CallsFar && insn.form != Form::Step) return "a far call must be stepped";
  if (pops_flags(reading.insn.mnemonic) && insn.form != Form::Twin) return "popf may set TF";
  const bool stepped_call =
      insn.form == Form::Step && (effect == Effect::CallsFar || effect == Effect::CallsThrough);
  if ((insn.form == Form::Step) != stepped_call) return "stepped without need";
  if (reading.insn.mnemonic == ZYDIS_MNEMONIC_INT1 && insn.form != Form::Twin)
    return "the SIGTRAP of int1 would pass for a step's";
  if (insn.finish != finish_of(reading)) return "finished in the wrong way";
  return "";
}

std::string fixup_is_wrong(const Reading& reading, const Instruction& insn) {
  if (keeps_its_address_in_the_fpu(reading) &&
      (insn.fixup != Fixup::FpuIp || insn.form != Form::Twin))
    return "the FPU would keep the slot's address";
  const bool x87 = (reading.insn.opcode & 0xf8) == 0xd8;
  if (insn.fixup == Fixup::FpuIp && !x87) return "no FPU instruction";
  if ((insn.form == Form::Step) != (insn.fixup == Fixup::ReturnAddress))
    return "a stepped call's return address";
  if (insn.fixup != Fixup::ReturnAddress) return "";
  const bool far = effect_of(reading) == Effect::CallsFar;
  const unsigned pushed = far ? reading.insn.operand_width / 8u : 8u;
  return insn.fixup_bytes == pushed ? "" : "the return address has another width";
}

std::string flags_are_wrong(const Reading& reading, const Instruction& insn) {
  const ZydisMnemonic mnemonic = reading.insn.mnemonic;
  if (insn.restartable_string != repeats(reading)) return "restartable_string";
  if (insn.pushes_flags != pushes_flags(mnemonic)) return "pushes_flags";
  if (insn.may_set_trap_flag != (pops_flags(mnemonic) || returns_from_interrupt(mnemonic)))
    return "may_set_trap_flag";
  const Effect effect = effect_of(reading);
  if (insn.ends_block != (effect == Effect::Jumps || effect == Effect::Leaves)) return "ends_block";
  return "";
}

std::string operand_is_wrong(const Reading& reading, const Instruction& insn) {
  bool wraps = false;  // EIP-relative: within reach from everywhere
  for (const auto& operand : reading.operands())
    wraps |= operand.type == ZYDIS_OPERAND_TYPE_MEMORY && operand.mem.base == ZYDIS_REGISTER_EIP;
  const auto wanted = wraps ? std::nullopt : pc_relative(reading);
  return insn.operand == wanted ? "" : "the operand to reach";
}

std::string judge_accepted(Bytes code, const Reading& reading, const Instruction& insn) {
  if (auto why = impossible(reading)) return "accepted, but " + *why;
  if (!std::equal(insn.bytes.begin(), insn.bytes.end(), reading.bytes.begin(), reading.bytes.end()))
    return "other bytes than the instruction's";
  if (insn.bytes.size() > code.size()) return "more bytes than there are";
  if (insn.site != reading.at) return "another site";
  for (const auto& check : {form_is_wrong, fixup_is_wrong, flags_are_wrong, operand_is_wrong})
    if (auto what = check(reading, insn); !what.empty()) return what;
  return "";
}

}  // namespace

std::string judge_verdict(Bytes code, Address site, const Verdict& verdict) {
  const auto reading = read(code, site);
  const auto* insn = std::get_if<Instruction>(&verdict);
  if (insn == nullptr) {
    const std::string& reason = std::get<core::Refusal>(verdict).text;
    if (reason.empty()) return "refused without a reason";
    return !reading || impossible(*reading) ? "" : "refused without need: " + reason;
  }
  return reading ? judge_accepted(code, *reading, *insn) : "accepted, but not an instruction";
}

std::string judge_reach(const Instruction& insn, Address slot, bool reaches) {
  if (!insn.operand) return reaches ? "" : "nothing to reach, and out of reach";
  constexpr std::int64_t margin = 256;  // slot and twin are shorter than that
  const std::int64_t distance = *insn.operand - slot;
  const std::int64_t far = distance < 0 ? -(distance + 1) : distance;
  const std::int64_t limit = std::numeric_limits<std::int32_t>::max();
  if (reaches && far > limit) return "within reach, at more than 2 GiB";
  if (!reaches && far < limit - margin) return "out of reach, at less than 2 GiB";
  return "";
}

}  // namespace sidestep::oracle
