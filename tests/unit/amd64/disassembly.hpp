// Reads slots back: a decoder of the tests' own, so that a relocation is not its own witness.
#pragma once

#include <Zydis/Zydis.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "amd64/amd64.hpp"
#include "core/architecture.hpp"

namespace sidestep::test {

using Bytes = std::vector<std::uint8_t>;

inline constexpr Address site{0x40'1000};
inline constexpr Address near_slot{0x50'0040};
inline constexpr Address far_slot{0x7fff'0000'0040};  ///< out of any rel32's reach

const core::Architecture& amd64();
core::Instruction accepted(const Bytes& code, Address at = site);
/// The reason, or "" (and a failure) if the instruction was accepted.
std::string refused(const Bytes& code, Address at = site);

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// One instruction of a slot, as the processor would see it.
struct Line {
  std::string text;  ///< Intel syntax with absolute addresses
  ZydisMnemonic mnemonic{};
  std::uint8_t length = 0;
  std::optional<Address> branch;  ///< target of a relative branch
  std::optional<Address> memory;  ///< absolute address of a RIP- or EIP-relative operand
  ZydisDecodedInstruction insn{};
  std::vector<ZydisDecodedOperand> operands;
};
Line disassemble(std::span<const std::uint8_t> code, Address at);
Line line_at(const core::SlotImage& image, std::size_t offset, Address slot);

/// Where control goes from `offset` of the slot: through `jmp rel32` or `jmp [rip+0]; .quad`.
std::optional<Address> destination(const core::SlotImage& image, std::size_t offset, Address slot);
std::uint64_t quad_at(const core::SlotImage& image, std::size_t offset);

/// "offset progress resume", one a line, e.g. "0 not-started site\n3 done next\n": addresses that
/// have a name are given by it.
std::string points(const core::SlotImage& image, const core::Instruction& insn);

}  // namespace sidestep::test
