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
  return found;
}

}  // namespace sidestep::amd64
