#include "amd64/decode.hpp"

#include <algorithm>

namespace sidestep::amd64 {
namespace {

const ZydisDecoder& decoder() {
  static const ZydisDecoder instance = [] {
    ZydisDecoder d;
    ZydisDecoderInit(&d, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    return d;
  }();
  return instance;
}

}  // namespace

std::variant<Decoded, DecodeError> decode(std::span<const std::uint8_t> code) {
  if (code.empty()) return DecodeError::Truncated;
  Decoded out;
  const std::size_t length = std::min(code.size(), max_instruction);
  const ZyanStatus status =
      ZydisDecoderDecodeFull(&decoder(), code.data(), length, &out.insn, out.storage.data());
  if (ZYAN_SUCCESS(status)) return out;
  if (status == ZYDIS_STATUS_NO_MORE_DATA && code.size() < max_instruction) {
    return DecodeError::Truncated;
  }
  return DecodeError::Undecodable;
}

std::optional<PcRelative> pc_relative_operand(const Decoded& decoded, Address site) {
  for (const ZydisDecodedOperand& operand : decoded.operands()) {
    if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) continue;
    // Relative to the end of the instruction, whatever follows the displacement (SDM vol. 2A,
    // 2.2.1.6).
    const Address target =
        site + decoded.insn.length + static_cast<std::uint64_t>(decoded.insn.raw.disp.value);
    if (operand.mem.base == ZYDIS_REGISTER_RIP) return PcRelative{PcRelative::Width::Rip, target};
    if (operand.mem.base == ZYDIS_REGISTER_EIP) {
      return PcRelative{PcRelative::Width::Eip, {target.value & 0xffff'ffff}};
    }
  }
  return std::nullopt;
}

Address branch_target(const Decoded& decoded, Address site) {
  return site + decoded.insn.length + static_cast<std::uint64_t>(decoded.insn.raw.imm[0].value.s);
}

bool has_prefix(const Decoded& decoded, std::uint8_t prefix) {
  const auto& prefixes = decoded.insn.raw.prefixes;
  return std::any_of(prefixes, prefixes + decoded.insn.raw.prefix_count,
                     [prefix](const auto& p) { return p.value == prefix; });
}

bool begins_with_prefix(const Decoded& decoded) {
  if (decoded.insn.raw.prefix_count == 0) return false;
  return (decoded.insn.raw.prefixes[0].value & 0xf0) != 0x40;  // REX: 40h to 4Fh
}

bool has_rex_w(const Decoded& decoded) {
  return (decoded.insn.attributes & ZYDIS_ATTRIB_HAS_REX) != 0 && decoded.insn.raw.rex.W != 0;
}

}  // namespace sidestep::amd64
