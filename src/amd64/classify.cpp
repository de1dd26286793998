#include "amd64/classify.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "amd64/calls.hpp"
#include "amd64/decode.hpp"

namespace sidestep::amd64 {
namespace {

using core::Finish;
using core::Fixup;
using core::Form;
using core::Instruction;
using core::Refusal;

using Outcome = std::optional<Refusal>;
constexpr std::nullopt_t accepted = std::nullopt;

/// The page is not the program's: the kernel emulates it and lets nobody write to it.
constexpr AddressRange vsyscall_page{{0xffff'ffff'ff60'0000}, {0xffff'ffff'ff60'1000}};

void set_form(Instruction& out, Kind kind, Form form, Finish finish) {
  out.kind = static_cast<std::uint8_t>(kind);
  out.form = form;
  out.finish = finish;
}

/// A transfer whose copy does what the original does, from anywhere.
Outcome copied_transfer(Instruction& out) {
  set_form(out, Kind::Transfer, Form::Boosted, Finish::Step);
  out.ends_block = true;
  return accepted;
}

/// A call whose copy pushes the slot's return address: the tracer overwrites it.
Outcome stepped_call(Instruction& out, unsigned pushed_bytes) {
  set_form(out, Kind::Transfer, Form::Step, Finish::Step);
  out.fixup = Fixup::ReturnAddress;
  out.fixup_bytes = static_cast<std::uint8_t>(pushed_bytes);
  return accepted;
}

Outcome classify_jump(const Decoded& decoded, Instruction& out) {
  if (!decoded.is_relative_branch()) return copied_transfer(out);
  set_form(out, Kind::Jump, Form::Boosted, Finish::Step);
  out.ends_block = true;
  return accepted;
}

Outcome classify_call(const Decoded& decoded, Instruction& out) {
  if (decoded.is_relative_branch()) {
    set_form(out, Kind::DirectCall, Form::Boosted, Finish::Step);
    return accepted;
  }
  // A far call pushes CS and the return address, each as wide as the operand size (SDM vol. 2A,
  // CALL); CS would have to be known to push it otherwise.
  if (decoded.is_far()) return stepped_call(out, decoded.insn.operand_width / 8u);
  if (!jump_after_push(decoded, std::as_const(out).bytes)) return stepped_call(out, 8);
  set_form(out, Kind::IndirectCall, Form::Boosted, Finish::Step);
  return accepted;
}

Outcome classify_interrupt(const Decoded& decoded, Instruction& out) {
  if (decoded.operands()[0].imm.value.u == 0x80) {
    set_form(out, Kind::Int80, Form::SystemCall, Finish::None);
  }
  // Any other vector faults in place, or traps behind itself (int 3, int 4): the PC map tells.
  return accepted;
}

/// Control instructions leave the last instruction pointer alone, clear it, or load it
/// (SDM vol. 1, 8.1.8); all other x87 instructions record their own address.
bool records_fpu_ip(const ZydisDecodedInstruction& insn) {
  switch (insn.mnemonic) {
    case ZYDIS_MNEMONIC_FNCLEX:
    case ZYDIS_MNEMONIC_FNINIT:
    case ZYDIS_MNEMONIC_FLDCW:
    case ZYDIS_MNEMONIC_FNSTCW:
    case ZYDIS_MNEMONIC_FNSTSW:
    case ZYDIS_MNEMONIC_FLDENV:
    case ZYDIS_MNEMONIC_FNSTENV:
    case ZYDIS_MNEMONIC_FRSTOR:
    case ZYDIS_MNEMONIC_FNSAVE:
    case ZYDIS_MNEMONIC_FWAIT:
      return false;
    default:
      return insn.meta.isa_ext == ZYDIS_ISA_EXT_X87 || insn.meta.category == ZYDIS_CATEGORY_X87_ALU;
  }
}

bool is_instruction_pointer(ZydisRegister reg) {
  return reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP || reg == ZYDIS_REGISTER_IP;
}

/// True if the copy would do something else than the original because it lies elsewhere.
/// A memory operand relative to RIP doesn't count: its displacement is patched.
bool depends_on_its_place(const Decoded& decoded) {
  // sysret, sysexit, rsm and the like fault in user mode before they read anything.
  if ((decoded.insn.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) != 0) return false;
  switch (decoded.insn.mnemonic) {
    case ZYDIS_MNEMONIC_RSM:   // #UD outside SMM
    case ZYDIS_MNEMONIC_INT1:  // only the kernel sees the PC, and the PC map puts that right
    case ZYDIS_MNEMONIC_INT3:
      return false;
    default:
      break;
  }
  const auto operands = decoded.operands();
  return decoded.insn.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE || decoded.is_relative_branch() ||
         std::any_of(operands.begin(), operands.end(), [](const ZydisDecodedOperand& operand) {
           return operand.type == ZYDIS_OPERAND_TYPE_REGISTER &&
                  is_instruction_pointer(operand.reg.value);
         });
}

/// What is run as it stands, apart from a patched displacement.
Outcome classify_straight(const Decoded& decoded, Instruction& out) {
  if (depends_on_its_place(decoded)) {
    return Refusal{std::string(out.mnemonic) + " depends on its own address"};
  }
  constexpr ZydisInstructionAttributes repeated =
      ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
  out.restartable_string = (decoded.insn.attributes & repeated) != 0;
  if (records_fpu_ip(decoded.insn)) {
    out.form = Form::Twin;
    out.fixup = Fixup::FpuIp;
  }
  return accepted;
}

/// Instructions that keep or show their own address in a way that no slot can hide.
Outcome refuse_address_keepers(ZydisMnemonic mnemonic) {
  switch (mnemonic) {
    case ZYDIS_MNEMONIC_SYSENTER:
      return Refusal{"sysenter: the kernel returns to its own landing pad, not behind it"};
    case ZYDIS_MNEMONIC_ENCLU:  // EENTER leaves the address behind itself in RCX (SDM vol. 3D)
      return Refusal{"enclu keeps its own address for the enclave's exit"};
    case ZYDIS_MNEMONIC_LWPINS:  // AMD APM vol. 2, 13.4: event records hold the address
    case ZYDIS_MNEMONIC_LWPVAL:
      return Refusal{"lightweight profiling records the instruction's own address"};
    case ZYDIS_MNEMONIC_UIRET:
      return Refusal{"user interrupts are not supported"};
    default:
      return accepted;
  }
}

/// 66h on a near branch: Intel ignores it, AMD cuts the target to 16 bits (APM vol. 3, 1.2.2 and
/// the branches' pages); the two don't even agree on the length. With REX.W both ignore it, as
/// in the `data16 data16 rex.W call __tls_get_addr` that linkers know.
bool differs_between_vendors(const Decoded& decoded) {
  if (!has_prefix(decoded, 0x66)) return false;
  if (decoded.insn.mnemonic == ZYDIS_MNEMONIC_XBEGIN) return true;  // rel16; AMD has none
  const bool branch = decoded.insn.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE;
  return branch && !decoded.is_far() && !has_rex_w(decoded);
}

/// jcc; not the jumps on a count register, and none of Knights Corner's on a mask (jkzd).
bool is_conditional_jump(ZydisMnemonic mnemonic) {
  constexpr ZydisMnemonic jumps[] = {
      ZYDIS_MNEMONIC_JB,  ZYDIS_MNEMONIC_JBE,  ZYDIS_MNEMONIC_JL,  ZYDIS_MNEMONIC_JLE,
      ZYDIS_MNEMONIC_JNB, ZYDIS_MNEMONIC_JNBE, ZYDIS_MNEMONIC_JNL, ZYDIS_MNEMONIC_JNLE,
      ZYDIS_MNEMONIC_JNO, ZYDIS_MNEMONIC_JNP,  ZYDIS_MNEMONIC_JNS, ZYDIS_MNEMONIC_JNZ,
      ZYDIS_MNEMONIC_JO,  ZYDIS_MNEMONIC_JP,   ZYDIS_MNEMONIC_JS,  ZYDIS_MNEMONIC_JZ,
  };
  return std::find(std::begin(jumps), std::end(jumps), mnemonic) != std::end(jumps);
}

Outcome classify(const Decoded& decoded, Instruction& out) {
  switch (decoded.insn.mnemonic) {
    case ZYDIS_MNEMONIC_JMP:
      return classify_jump(decoded, out);
    case ZYDIS_MNEMONIC_CALL:
      return classify_call(decoded, out);
    case ZYDIS_MNEMONIC_IRET:
    case ZYDIS_MNEMONIC_IRETD:
    case ZYDIS_MNEMONIC_IRETQ:
      // Never stepped: the kernel leaves the trap flag of a step that loads flags to the program,
      // also if the instruction then faults (arch/x86/kernel/step.c, is_setting_trap_flag).
      out.may_set_trap_flag = true;
      copied_transfer(out);
      out.finish = Finish::None;
      return accepted;
    case ZYDIS_MNEMONIC_RET:
      return copied_transfer(out);
    case ZYDIS_MNEMONIC_LOOP:
    case ZYDIS_MNEMONIC_LOOPE:
    case ZYDIS_MNEMONIC_LOOPNE:
    case ZYDIS_MNEMONIC_JRCXZ:
    case ZYDIS_MNEMONIC_JECXZ:
      set_form(out, Kind::ShortBranch, Form::Boosted, Finish::Step);
      return accepted;
    case ZYDIS_MNEMONIC_XBEGIN:
      set_form(out, Kind::Transaction, Form::Boosted, Finish::Twin);
      return accepted;
    case ZYDIS_MNEMONIC_SYSCALL:
      set_form(out, Kind::Syscall, Form::SystemCall, Finish::None);
      return accepted;
    case ZYDIS_MNEMONIC_INT:
      return classify_interrupt(decoded, out);
    case ZYDIS_MNEMONIC_INT1:
      out.form = Form::Twin;  // its own SIGTRAP would pass for a step's
      return accepted;
    case ZYDIS_MNEMONIC_INT3:
      // With prefixes it is no longer one byte, ours would trap elsewhere: run it from the slot.
      if (out.bytes.size() == 1) set_form(out, Kind::OwnTrap, Form::OwnTrap, Finish::None);
      return accepted;
    case ZYDIS_MNEMONIC_POPF:
    case ZYDIS_MNEMONIC_POPFD:
    case ZYDIS_MNEMONIC_POPFQ:
      out.form = Form::Twin;
      out.may_set_trap_flag = true;
      return accepted;
    case ZYDIS_MNEMONIC_PUSHF:
    case ZYDIS_MNEMONIC_PUSHFD:
    case ZYDIS_MNEMONIC_PUSHFQ:
      out.pushes_flags = true;
      return accepted;
    default:
      if (!is_conditional_jump(decoded.insn.mnemonic)) return classify_straight(decoded, out);
      set_form(out, Kind::ConditionalJump, Form::Boosted, Finish::Step);
      return accepted;
  }
}

Refusal refusal(DecodeError error) {
  if (error == DecodeError::Truncated) return {"the code ends within the instruction"};
  return {"not an instruction known to the decoder"};
}

}  // namespace

std::variant<Instruction, Refusal> analyze(std::span<const std::uint8_t> code, Address site) {
  if (vsyscall_page.contains(site)) return Refusal{"in the vsyscall page"};
  const auto result = decode(code);
  if (const DecodeError* error = std::get_if<DecodeError>(&result)) return refusal(*error);
  const Decoded& decoded = std::get<Decoded>(result);

  Instruction out;
  out.site = site;
  out.bytes.append(code.first(decoded.insn.length));
  out.mnemonic = ZydisMnemonicGetString(decoded.insn.mnemonic);
  set_form(out, Kind::Straight, Form::Boosted, Finish::Twin);
  if (differs_between_vendors(decoded)) {
    return Refusal{"near branch with an operand size prefix: Intel and AMD processors differ"};
  }
  if (Outcome refused = refuse_address_keepers(decoded.insn.mnemonic)) return *refused;
  if (Outcome refused = classify(decoded, out)) return *refused;
  const auto operand = pc_relative_operand(decoded, site);
  if (operand && operand->width == PcRelative::Width::Rip) out.operand = operand->target;
  return out;
}

}  // namespace sidestep::amd64
