// Runs a program of ours under ptrace, in the simplest way that works for one thread: stops at
// functions' entries and where they return to, and shows what Resolver::compile makes of that. The
// check of symbols against a real processor; the real tracer is tested elsewhere.
#pragma once

#include <string>
#include <vector>

#include "core/resolver.hpp"

namespace sidestep::symbols::test {

struct TracedCalls {
  std::vector<std::string> calls;  ///< "f(a=1) = 2", in the order of their ends
  std::string output;              ///< what the program printed
  std::string error;               ///< what went wrong with tracing itself
};

/// Stops at everything that `probes` name in the executable.
TracedCalls trace_calls(const std::string& path, const std::vector<core::ProbeSpec>& probes);

/// What one probe sees at its first arrival.
struct Sight {
  std::string values;  ///< "a=1, b=2"; of %return "f(a=1) = 2"
  bool holds = false;  ///< the conditions
  std::string error;   ///< of Resolver::compile, or with tracing
};

Sight look(const std::string& path, const core::ProbeSpec& probe);

/// SPEC%return with $params.
core::ProbeSpec whole_call(const std::string& function);

}  // namespace sidestep::symbols::test
