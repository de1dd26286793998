// One option's effect.
#pragma once

#include <string>

#include "cli/options.hpp"

namespace sidestep::cli {

/// `spec` is of this version and goes with options.verb; `value` is "" for a flag.
Result<void> apply_option(Options& options, const OptionSpec& spec, const std::string& value);

}  // namespace sidestep::cli
