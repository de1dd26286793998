// The code that passes our traps when nobody traces any more. Private to src/amd64.
#pragma once

#include "core/architecture.hpp"

namespace sidestep::amd64 {

core::TrapHandler trap_handler();

}  // namespace sidestep::amd64
