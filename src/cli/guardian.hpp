// Two processes instead of one. The one that the user started waits; the tracing is done by its
// child, under another name. If the first is killed (it is the one that a kill by name or number
// finds), the second notices, detaches as at any end, and writes out what it has. If the second is
// killed, the first puts the program's bytes back.
#pragma once

#include <functional>

#include "cli/ending.hpp"
#include "sidestep/code_witness.hpp"

namespace sidestep::cli {

/// The value that comes with a signal which the guardian passes on.
inline constexpr int kPassedOn = 0x5d;

/// Runs `work` in the child and returns how that ended. Signals that are sent to this process are
/// passed on. Where no process can be made `work` is run here, with no witness.
Ending guarded(const std::function<Ending(CodeWitness*)>& work);

}  // namespace sidestep::cli
