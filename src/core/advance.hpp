// The one state machine: (process, thread, stop) → transition. Pure: no system call, no clock, no
// allocation. docs/ptrace.md has the table in words; tests/unit/core checks all of it.
#pragma once

#include <optional>

#include "core/policy.hpp"
#include "core/stop.hpp"
#include "core/transition.hpp"

namespace sidestep::core {

Transition advance(const View& view, const StopEvent& event);

/// What advance() would say of an arrival at `site`, where that is a hit (or a filtered one) for
/// which the PC is set, the thread resumed, and nothing else changes: the PC. By far most hits are
/// such, and a Transition says much more than they need.
std::optional<Address> shortcut(const View& view, const SitePlan& site);

}  // namespace sidestep::core
