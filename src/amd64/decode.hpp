// One decoded instruction, whole: hidden operands included. Private to src/amd64, like all that
// names Zydis.
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "sidestep/types.hpp"

namespace sidestep::amd64 {

/// A longer instruction raises #GP (SDM vol. 2A, 2.3.11).
inline constexpr std::size_t max_instruction = 15;

struct Decoded {
  ZydisDecodedInstruction insn;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> storage;

  std::span<const ZydisDecodedOperand> operands() const {
    return {storage.data(), insn.operand_count};
  }
  bool is_far() const { return insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR; }
  bool is_relative_branch() const { return insn.raw.imm[0].is_relative != 0; }
};

enum class DecodeError { Truncated, Undecodable };

/// Decodes the instruction at the start of `code`, which may be longer.
std::variant<Decoded, DecodeError> decode(std::span<const std::uint8_t> code);

/// A memory operand addressed relative to the instruction pointer.
struct PcRelative {
  /// Eip: with a 67h prefix, the sum is cut to 32 bits, so every slot reaches every operand.
  enum class Width { Rip, Eip };
  Width width = Width::Rip;
  Address target;
};
std::optional<PcRelative> pc_relative_operand(const Decoded& decoded, Address site);

/// Where a relative branch (or xbegin's abort) goes.
Address branch_target(const Decoded& decoded, Address site);

bool has_prefix(const Decoded& decoded, std::uint8_t prefix);
/// A legacy prefix: code is known to jump over one (lock, when there is one thread only). Not a
/// REX, VEX, EVEX or XOP byte, which no code skips.
bool begins_with_prefix(const Decoded& decoded);
bool has_rex_w(const Decoded& decoded);

/// True if `value` survives as a sign-extended field of type Field.
template <class Field>
constexpr bool fits(std::int64_t value) {
  return value >= std::numeric_limits<Field>::min() && value <= std::numeric_limits<Field>::max();
}

}  // namespace sidestep::amd64
