// A traced run that the test takes part in: events come through a FIFO, one record at a time, so
// that the test acts between known events and never sleeps. A tracee that outlives its tracer
// becomes the test's own child, and its true exit status is there to be read.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/summary.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {

// The value of a number key in one JSON record, as our writer prints it.
std::optional<std::int64_t> json_number(const std::string& record, const std::string& key);
// The first hex string under that key.
std::optional<std::uint64_t> json_hex(const std::string& record, const std::string& key);

class Session {
 public:
  // sidestep --format jsonl -o FIFO SIDESTEP_ARGS... -- COMMAND...; reads on to the start record.
  Session(const std::vector<std::string>& sidestep_args, const std::vector<std::string>& command);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  pid_t sidestep() const { return sidestep_; }
  pid_t tracee() const { return tracee_; }      // 0: no start record came
  std::uint64_t site() const { return site_; }  // the first one's address
  std::uint64_t hits() const { return hits_; }  // hit records so far

  // The next record; nothing at the end, or when none came for half a minute.
  std::optional<std::string> next();
  // Reads on until that many hit records have come in all.
  bool read_hits(std::uint64_t wanted);
  // Reads to the end, and waits for sidestep. The wait status.
  int finish();
  // Waits for a tracee that was let go. The wait status.
  int finish_tracee();

  const TraceSummary& summary() const { return summary_; }  // the last one
  unsigned summaries() const { return summaries_; }
  std::string out() const { return out_.read(); }
  std::string err() const { return err_.read(); }

 private:
  void note(const std::string& record);

  std::string directory_;
  TemporaryFile out_, err_;
  int fifo_ = -1;
  std::string pending_;
  pid_t sidestep_ = -1, tracee_ = 0;
  bool sidestep_alive_ = false, tracee_alive_ = false;
  std::uint64_t site_ = 0, hits_ = 0;
  unsigned summaries_ = 0;
  TraceSummary summary_;
};

}  // namespace sidestep::test
