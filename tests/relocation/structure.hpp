// Whether a slot says the same as the instruction, without running either: for what this processor
// does not have.
#pragma once

#include <string>

#include "core/architecture.hpp"
#include "decoded.hpp"

namespace sidestep::test {

/// The first difference in words; empty: none. Looks at copies (with their twins) and transactions;
/// the other classes consist of instructions that every processor has, and are run.
std::string structural_difference(const core::Instruction& insn, const core::SlotImage& image,
                                  Address slot);

}  // namespace sidestep::test
