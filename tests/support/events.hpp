// What a traced run reported, event by event, for tests that compare it with what the program, or
// whoever talked to it, knows. Owns its files and its program; throws if that can't be started.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/background.hpp"
#include "support/summary.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {

/// One `hit` or `return`. Values are as in JSON, but strings without quotes; "null" is not known.
struct Event {
  bool returned = false;
  std::string probe, func;
  std::int64_t pid = 0, tid = 0;
  std::int64_t ts_ns = 0, gross_ns = 0;
  std::map<std::string, std::string> args;
  std::string ret;
  std::vector<std::string> stack;  // functions, innermost first
};

/// Hits and returns among JSON Lines, in their order.
std::vector<Event> read_events(const std::string& lines);

struct Recording {
  TraceSummary traced;
  std::vector<Event> events;

  /// Those of one probe, by its spec as given.
  std::vector<Event> of(const std::string& probe) const;
  const ProbeSummary& summary(const std::string& probe) const;  // all zero if there is none such
};

/// sidestep --format jsonl -o TEMPORARY SIDESTEP_ARGS... -- COMMAND..., to its end.
Recording record(const std::vector<std::string>& sidestep_args,
                 const std::vector<std::string>& command, const RunOptions& options = {});

/// The same beside the test: for servers. Standard streams are those of Background.
class Recorder {
 public:
  Recorder(const std::vector<std::string>& sidestep_args, const std::vector<std::string>& command);
  Background& program() { return program_; }
  /// Closes the program's input, waits for its end and reads what was recorded.
  Recording finish();

 private:
  TemporaryFile events_;
  Background program_;
};

/// A value that is a number, decimal or hex; all ones if it is none.
std::uint64_t value_of(const std::string& text);

}  // namespace sidestep::test
