// The command run without any tracing, for comparison.
#pragma once

#include <string>
#include <vector>

#include "sidestep/events.hpp"
#include "sidestep/result.hpp"

namespace sidestep::cli {

struct UntracedRun {
  double seconds = 0;  ///< from its start to its end, wall time
  ExitStatus exit;
};

/// Waits for its end. NotFound, NotRunnable: the command.
Result<UntracedRun> run_untraced(const std::vector<std::string>& command);

}  // namespace sidestep::cli
