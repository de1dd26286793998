// What one probe does at one place, compiled: the values it captures, the condition it drops
// arrivals by. Immutable once made; shared by the tracing side (programs) and the output side
// (shapes).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/program.hpp"
#include "core/shape.hpp"

namespace sidestep::core {

/// Values that are captured together, at one stop.
struct Capture {
  Program program;
  std::vector<std::pair<std::string, Shape>> values;  ///< by label
};

struct Observation {
  bool at_return = false;  ///< SPEC%return: it is reported when the function returns
  Capture at_entry;        ///< arguments. Also of a %return probe: they are of the call
  Capture at_exit;         ///< %return: the return value (label "retval"), and what else it names
  Program condition;       ///< empty: none. Run at the entry
  Program exit_condition;  ///< empty: none. Run at the return
  /// Nothing to be done at a stop but to count and to report it.
  bool plain() const { return !at_return && at_entry.program.empty() && condition.empty(); }
};

}  // namespace sidestep::core
