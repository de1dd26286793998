// What the command line does, by verb. Each writes its own messages.
#pragma once

#include "cli/ending.hpp"
#include "cli/options.hpp"

namespace sidestep::cli {

Ending trace(const Options& options);
Ending list(const Options& options);
Ending compare(const Options& options);
Ending doctor(const Options& options);

}  // namespace sidestep::cli
