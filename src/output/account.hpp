// The account of a run, the last line on standard error:
//
//   --- 160000 hits, 160000 completed, 0 missed, 0 lost; 0 bystander stops; 3.1 us/hit ---
//
// Pure.
#pragma once

#include <string>

#include "sidestep/events.hpp"

namespace sidestep::output {

/// With its line feed. Unknown is "?". Where the audit did not hold, a line before it says what
/// failed; an interim one says so.
std::string account(const Summary& summary);

}  // namespace sidestep::output
