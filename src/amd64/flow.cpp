#include "amd64/flow.hpp"

#include "amd64/decode.hpp"

namespace sidestep::amd64 {
namespace {

using core::Flow;

Flow::Then then(const Decoded& decoded) {
  switch (decoded.insn.meta.category) {
    case ZYDIS_CATEGORY_CALL:
      return Flow::Then::Calls;
    case ZYDIS_CATEGORY_UNCOND_BR:
    case ZYDIS_CATEGORY_RET:
    case ZYDIS_CATEGORY_SYSRET:
      return Flow::Then::Leaves;
    default:
      break;
  }
  switch (decoded.insn.mnemonic) {
    case ZYDIS_MNEMONIC_UD0:
    case ZYDIS_MNEMONIC_UD1:
    case ZYDIS_MNEMONIC_UD2:
      return Flow::Then::Leaves;
    default:
      return Flow::Then::GoesOn;
  }
}

/// What programs are not made of, and data often looks like: letters (`ins`, `outs`), zeros, what
/// is privileged, far branches, decimal arithmetic.
bool unlikely(const Decoded& decoded, std::span<const std::uint8_t> code) {
  const bool zeros = code[0] == 0 && code[1] == 0;
  switch (decoded.insn.mnemonic) {
    case ZYDIS_MNEMONIC_IN:
    case ZYDIS_MNEMONIC_INSB:
    case ZYDIS_MNEMONIC_INSD:
    case ZYDIS_MNEMONIC_OUT:
    case ZYDIS_MNEMONIC_OUTSB:
    case ZYDIS_MNEMONIC_OUTSD:
    case ZYDIS_MNEMONIC_INT1:
    case ZYDIS_MNEMONIC_ENTER:
    case ZYDIS_MNEMONIC_FBLD:
    case ZYDIS_MNEMONIC_FBSTP:
      return true;
    default:
      return zeros || decoded.is_far() || (decoded.insn.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED);
  }
}

/// `lea x(%rip), r`; without position independence `mov $x, r` of 32 or 64 bits.
std::optional<Address> taken(const Decoded& decoded, Address at) {
  const bool to_register = !decoded.operands().empty() &&
                           decoded.operands()[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
                           decoded.insn.operand_width >= 32;
  if (!to_register) return std::nullopt;
  if (decoded.insn.mnemonic == ZYDIS_MNEMONIC_LEA) {
    const auto operand = pc_relative_operand(decoded, at);
    return operand ? std::optional(operand->target) : std::nullopt;
  }
  const bool constant = decoded.insn.mnemonic == ZYDIS_MNEMONIC_MOV &&
                        decoded.operands()[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
  return constant ? std::optional(Address{decoded.operands()[1].imm.value.u}) : std::nullopt;
}

}  // namespace

std::optional<Flow> flow(std::span<const std::uint8_t> code, Address at) {
  const auto result = decode(code);
  const Decoded* decoded = std::get_if<Decoded>(&result);
  if (!decoded) return std::nullopt;
  Flow found;
  found.length = decoded->insn.length;
  found.then = then(*decoded);
  found.unlikely = unlikely(*decoded, code);
  if (decoded->is_relative_branch()) found.target = branch_target(*decoded, at);
  if (const auto operand = pc_relative_operand(*decoded, at)) found.data = operand->target;
  found.taken = taken(*decoded, at);
  return found;
}

}  // namespace sidestep::amd64
