// A second opinion on relocation: is what src/amd64 made of an instruction the same instruction? It
// shares no code with src/amd64. It reads the original and the slot with the decoder, follows the
// slot from its first byte to wherever control leaves it, and compares: operands, immediates,
// prefixes, absolute addresses, pushed return addresses, where the program goes on, and what the PC
// map says at each place on the way.
//
// Pure functions of bytes; each gives a complaint in plain words, or "" for nothing to complain of.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "core/relocation.hpp"

namespace sidestep::oracle {

using Bytes = std::span<const std::uint8_t>;
using Verdict = std::variant<core::Instruction, core::Refusal>;

/// Whether an instruction was taken or refused with good reason, and what was claimed about it.
/// `code` is what the analysis was given.
std::string judge_verdict(Bytes code, Address site, const Verdict& verdict);

/// Whether it is right that a slot there can, or can't, address what the instruction addresses.
std::string judge_reach(const core::Instruction& insn, Address slot, bool reaches);

/// Whether the slot does what the instruction does.
std::string judge_slot(const core::Instruction& insn, const core::SlotImage& image, Address slot);

/// True if a branch, an operand or the instruction itself lies where the slot is. No program that
/// runs has such code, and the slot's own jumps could not be told from the program's.
bool entangled(const core::Instruction& insn, Address slot);

}  // namespace sidestep::oracle
