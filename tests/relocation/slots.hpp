// Where slots are put: near, as far away as they may be, and farther.
#pragma once

#include <string>
#include <vector>

#include "core/architecture.hpp"
#include "situation.hpp"

namespace sidestep::test {

struct Slots {
  std::vector<Address> usable;
  std::string wrong;  ///< what the architecture says of a place, if that is wrong
};

Slots slots_for(const core::Architecture& arch, const core::Instruction& insn,
                const Situation& situation, std::uint64_t seed);

}  // namespace sidestep::test
