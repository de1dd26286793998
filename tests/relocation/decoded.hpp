// The tests' own use of the decoder.
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sidestep::test {

struct Decoded {
  ZydisDecodedInstruction insn;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> storage;

  std::span<const ZydisDecodedOperand> operands() const {
    return {storage.data(), insn.operand_count};
  }
  bool has(ZydisInstructionAttributes attribute) const {
    return (insn.attributes & attribute) != 0;
  }
  bool is_relative_branch() const { return insn.raw.imm[0].is_relative != 0; }
  /// Memory addressed relative to the instruction pointer (or EIP).
  const ZydisDecodedOperand* pc_relative() const;
  bool has_prefix(std::uint8_t prefix) const;
};

/// As the product decodes.
std::optional<Decoded> decode(std::span<const std::uint8_t> code);
std::optional<Decoded> decode(std::span<const std::uint8_t> code, const ZydisDecoder& decoder);
const ZydisDecoder& long_mode();

std::string hex(std::span<const std::uint8_t> bytes);
/// Intel syntax, or what can be said of bytes that don't decode.
std::string disassembly(std::span<const std::uint8_t> code, std::uint64_t at);

}  // namespace sidestep::test
