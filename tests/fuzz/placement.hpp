// Where the fuzzer puts an instruction and its slot. Four bytes of the input choose; all choices
// are addresses that a program can have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/relocation.hpp"

namespace sidestep::fuzz {

inline constexpr std::size_t placement_bytes = 4;
using Placement = std::span<const std::uint8_t, placement_bytes>;

Address site_of(Placement choice);
/// Near, or so that the operand, the branch target or the next instruction is just within or just
/// out of 2 GiB, or far from everything.
Address slot_of(Placement choice, const core::Instruction& insn, Address target);

}  // namespace sidestep::fuzz
