// A machine in which everything is random that can be.
#pragma once

#include "situation.hpp"

namespace sidestep::test {

Machine random_machine(Flavour flavour, const Origin& origin, Random& random);

/// Sixteen bytes of a vector register; nullptr: this processor has no such part.
std::uint8_t* vector_quarter(Machine& machine, unsigned number, unsigned quarter);

}  // namespace sidestep::test
