// The bytes of a slot: the second half of relocation. Pure.
#pragma once

#include "core/relocation.hpp"

namespace sidestep::amd64 {

/// Whether a slot at `slot`, and its twin, can address the instruction's RIP-relative operand.
/// Branches impose no reach: where rel32 is too short, an absolute jump is used.
bool reaches(const core::Instruction& insn, Address slot);

/// `insn` must come from analyze() and be within reach of `slot`.
core::SlotImage relocate(const core::Instruction& insn, Address slot);

}  // namespace sidestep::amd64
