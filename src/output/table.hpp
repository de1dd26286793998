// The summary table of -c and -C, in the manner of strace -c: one row a probe and function, most
// hits first. With a %return probe there are columns for the calls that came back and for those
// that never did. Pure.
#pragma once

#include <string>

#include "sidestep/events.hpp"
#include "sidestep/output_options.hpp"

namespace sidestep::output {

/// Several lines, each with its line feed. Functions without a hit are only counted, unless
/// Verbose: a pattern may match thousands. A probe without any hit keeps one row.
std::string summary_table(const Summary& summary, Verbosity verbosity);

}  // namespace sidestep::output
