// What particular instructions need in order to do more than fault.
#pragma once

#include "situation.hpp"

namespace sidestep::test {

/// Before memory operands get their places: counts, divisors, bit offsets.
void choose_registers(Situation& situation, Random& random);
/// When they have them: branch targets, return addresses, frames, images to be restored.
void prepare_operands(Situation& situation, Random& random);
/// System calls make none but getpid, whatever else is random.
void prepare_harmless(Situation& situation);

}  // namespace sidestep::test
