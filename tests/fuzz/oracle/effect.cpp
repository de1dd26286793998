#include "oracle/effect.hpp"

#include <algorithm>
#include <initializer_list>

namespace sidestep::oracle {
namespace {

bool any_of(ZydisMnemonic mnemonic, std::initializer_list<ZydisMnemonic> list) {
  return std::find(list.begin(), list.end(), mnemonic) != list.end();
}

bool far(const Reading& reading) {
  return reading.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
}

/// Knights Corner's jumps on a mask: no processor that runs Linux/amd64 today has them.
bool known_to_no_processor(const Reading& reading) {
  return any_of(reading.insn.mnemonic, {ZYDIS_MNEMONIC_JKZD, ZYDIS_MNEMONIC_JKNZD});
}

/// Near branches whose length or target an operand size prefix changes on one vendor's processors.
bool ambiguous(const Reading& reading) {
  if (!has_prefix(reading, 0x66) || far(reading)) return false;
  if (reading.is(ZYDIS_MNEMONIC_XBEGIN)) return true;
  if (reading.insn.meta.branch_type == ZYDIS_BRANCH_TYPE_NONE) return false;
  return !(reading.insn.attributes & ZYDIS_ATTRIB_HAS_REX) || reading.insn.raw.rex.W == 0;
}

bool in_vsyscall_page(Address at) {
  return at.value >> 12 == 0xffff'ffff'ff600;
}

}  // namespace

Effect effect_of(const Reading& reading) {
  const bool relative = branch_target(reading).has_value();
  const ZydisMnemonic mnemonic = reading.insn.mnemonic;
  if (mnemonic == ZYDIS_MNEMONIC_JMP) return relative ? Effect::Jumps : Effect::Leaves;
  if (mnemonic == ZYDIS_MNEMONIC_CALL) {
    if (far(reading)) return Effect::CallsFar;
    return relative ? Effect::Calls : Effect::CallsThrough;
  }
  if (any_of(mnemonic,
             {ZYDIS_MNEMONIC_RET, ZYDIS_MNEMONIC_IRET, ZYDIS_MNEMONIC_IRETD, ZYDIS_MNEMONIC_IRETQ}))
    return Effect::Leaves;
  if (mnemonic == ZYDIS_MNEMONIC_XBEGIN) return Effect::Speculates;
  if (mnemonic == ZYDIS_MNEMONIC_SYSCALL) return Effect::EntersKernel;
  if (mnemonic == ZYDIS_MNEMONIC_INT && reading.storage[0].imm.value.u == 0x80)
    return Effect::EntersKernel;
  if (mnemonic == ZYDIS_MNEMONIC_INT3 && reading.bytes.size() == 1) return Effect::Traps;
  return relative ? Effect::Decides : Effect::GoesOn;
}

std::optional<std::string> impossible(const Reading& reading) {
  if (in_vsyscall_page(reading.at)) return "the page is the kernel's";
  if (ambiguous(reading)) return "processors differ";
  if (known_to_no_processor(reading)) return "no processor has it";
  if (any_of(reading.insn.mnemonic,
             {ZYDIS_MNEMONIC_SYSENTER, ZYDIS_MNEMONIC_ENCLU, ZYDIS_MNEMONIC_LWPINS,
              ZYDIS_MNEMONIC_LWPVAL, ZYDIS_MNEMONIC_UIRET}))
    return "it keeps its own address";
  return std::nullopt;
}

/// By opcode: D8 to DF, less the control instructions (SDM vol. 1, 8.1.8). 9B (fwait) is another.
bool keeps_its_address_in_the_fpu(const Reading& reading) {
  const auto& insn = reading.insn;
  if (insn.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY) return false;
  if (insn.opcode_map != ZYDIS_OPCODE_MAP_DEFAULT || (insn.opcode & 0xf8) != 0xd8) return false;
  const bool memory = insn.raw.modrm.mod != 3;
  const unsigned reg = insn.raw.modrm.reg, rm = insn.raw.modrm.rm;
  if (insn.opcode == 0xd9 && memory) return reg < 4;               // fldenv, fldcw, fnstenv, fnstcw
  if (insn.opcode == 0xdd && memory) return reg != 4 && reg < 6;   // frstor, fnsave, fnstsw
  if (insn.opcode == 0xdb && !memory && reg == 4) return false;    // fnclex, fninit, and no-ops
  if (insn.opcode == 0xdf && !memory) return reg != 4 || rm != 0;  // fnstsw ax
  return true;
}

bool repeats(const Reading& reading) {
  if (!has_prefix(reading, 0xf3) && !has_prefix(reading, 0xf2)) return false;
  const auto& insn = reading.insn;
  if (insn.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY) return false;
  const unsigned op = insn.opcode;
  if (insn.opcode_map == ZYDIS_OPCODE_MAP_0F)  // PadLock's xstore, xcrypt, xsha, montmul
    return has_prefix(reading, 0xf3) && (op == 0xa6 || op == 0xa7);
  if (insn.opcode_map != ZYDIS_OPCODE_MAP_DEFAULT) return false;
  // ins, outs; movs, cmps; stos, lods, scas
  return (op >= 0x6c && op <= 0x6f) || (op >= 0xa4 && op <= 0xa7) || (op >= 0xaa && op <= 0xaf);
}

}  // namespace sidestep::oracle
