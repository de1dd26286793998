#include "decoded.hpp"

#include <algorithm>

namespace sidestep::test {

const ZydisDecodedOperand* Decoded::pc_relative() const {
  for (const ZydisDecodedOperand& operand : operands()) {
    if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) continue;
    if (operand.mem.base == ZYDIS_REGISTER_RIP || operand.mem.base == ZYDIS_REGISTER_EIP)
      return &operand;
  }
  return nullptr;
}

bool Decoded::has_prefix(std::uint8_t prefix) const {
  return std::any_of(insn.raw.prefixes, insn.raw.prefixes + insn.raw.prefix_count,
                     [prefix](const auto& each) { return each.value == prefix; });
}

const ZydisDecoder& long_mode() {
  static const ZydisDecoder decoder = [] {
    ZydisDecoder made;
    ZydisDecoderInit(&made, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    return made;
  }();
  return decoder;
}

std::optional<Decoded> decode(std::span<const std::uint8_t> code, const ZydisDecoder& decoder) {
  Decoded out;
  const std::size_t length = std::min<std::size_t>(code.size(), ZYDIS_MAX_INSTRUCTION_LENGTH);
  const ZyanStatus status =
      ZydisDecoderDecodeFull(&decoder, code.data(), length, &out.insn, out.storage.data());
  if (!ZYAN_SUCCESS(status)) return std::nullopt;
  return out;
}

std::optional<Decoded> decode(std::span<const std::uint8_t> code) {
  return decode(code, long_mode());
}

std::string hex(std::span<const std::uint8_t> bytes) {
  static const char digits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    if (!out.empty()) out += ' ';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string disassembly(std::span<const std::uint8_t> code, std::uint64_t at) {
  const auto decoded = decode(code);
  if (!decoded) return "(not decodable)";
  ZydisFormatter formatter;
  ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
  char text[256];
  ZydisFormatterFormatInstruction(&formatter, &decoded->insn, decoded->storage.data(),
                                  decoded->insn.operand_count_visible, text, sizeof text, at,
                                  nullptr);
  return text;
}

}  // namespace sidestep::test
