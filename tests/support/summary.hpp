// A whole traced run: starts sidestep on a command, reads the summary record (product.md, "Events
// as JSON Lines") and keeps both programs' output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/run.hpp"

namespace sidestep::test {

struct ProbeSummary {
  std::string probe;
  std::uint64_t sites = 0, hits = 0;
  std::optional<std::uint64_t> returns, unfinished;
};

struct TraceSummary {
  RunResult run;       // the tracee's streams, and sidestep's account on err
  bool valid = false;  // there was a summary record; without one the rest is empty
  std::string json;    // that record, for messages

  std::string mode, step, audit;
  std::uint64_t hits = 0, completed = 0, filtered = 0, lost = 0, bystander_stops = 0, waits = 0;
  std::optional<std::uint64_t> missed;  // nothing: null, unknown
  double duration_s = 0, tracer_us_per_hit = 0, tracer_cpu_s = 0;
  std::vector<ProbeSummary> probes;
  std::optional<int> exit_code;
  std::optional<std::string> exit_signal;
};

// Fills in all but `run`. Keys that are missing keep their defaults; unreadable text leaves valid
// false.
TraceSummary parse_summary(const std::string& line);

// sidestep --format jsonl -c -o TEMPORARY SIDESTEP_ARGS... -- COMMAND...
TraceSummary trace(const std::vector<std::string>& sidestep_args,
                   const std::vector<std::string>& command, const RunOptions& options = {});

// The same with another sidestep binary.
TraceSummary trace_with(const std::string& sidestep, const std::vector<std::string>& sidestep_args,
                        const std::vector<std::string>& command, const RunOptions& options = {});

// A number in the JSON object that is the last line beginning with a brace.
std::optional<double> last_json_number(const std::string& lines, const char* key);

// The record of `type` that comes last among JSON Lines; empty if there is none.
std::string last_record(const std::string& lines, const std::string& type);

}  // namespace sidestep::test
