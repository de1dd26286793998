// `sidestep compare`: the command untraced, then once in every mode, side by side. The runs only
// count: no events are written, so that the modes and not the output are compared.
#pragma once

#include "cli/compare_report.hpp"
#include "cli/options.hpp"
#include "sidestep/result.hpp"

namespace sidestep::cli {

/// All runs, one after the other. The command's own streams stay as they are.
Result<Comparison> run_comparison(const Options& options);

}  // namespace sidestep::cli
