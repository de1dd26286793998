// A site keeps its instruction's bytes; all else about it is found out again when it is needed.
#pragma once

#include "core/architecture.hpp"
#include "core/site.hpp"

namespace sidestep::core {

Instruction instruction_of(const Architecture& arch, const Site& site);
/// The bytes of its slot: the same as when it was placed.
SlotImage image_of(const Architecture& arch, const Site& site);

}  // namespace sidestep::core
