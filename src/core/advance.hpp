// The one state machine: (process, thread, stop) → transition. Pure: no system call, no clock, no
// allocation. docs/ptrace.md has the table in words; tests/unit/core checks all of it.
#pragma once

#include "core/policy.hpp"
#include "core/stop.hpp"
#include "core/transition.hpp"

namespace sidestep::core {

Transition advance(const View& view, const StopEvent& event);

}  // namespace sidestep::core
