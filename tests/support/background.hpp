// A program that runs beside the test until it is told to end: a service to attach to.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "support/run.hpp"

namespace sidestep::test {

class Background {
 public:
  // Standard input and output are the test's; standard error is ours. Throws if it can't start.
  explicit Background(const std::vector<std::string>& argv);
  ~Background();  // kills it, by its id, if it still lives
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  pid_t pid() const { return pid_; }
  void tell(const std::string& line);      // one line to its standard input
  bool wait_for(const std::string& text);  // in what it prints; false: its end, or a minute
  bool running() const;
  std::string said() const { return said_; }  // all it has printed that was read so far
  // Closes its input, reads to its end and waits for it. exit_code and signal as in run().
  RunResult finish();

 private:
  bool read_more();

  pid_t pid_ = -1;
  int in_ = -1, out_ = -1;
  std::string said_;
  std::size_t matched_ = 0;  // wait_for() goes on from here
};

// File-backed code in memory that differs from its file: one line for each mapping; "" none does.
std::string changed_code(pid_t pid);
// How many bytes differ in files whose name ends so.
std::size_t changed_bytes(pid_t pid, const std::string& file);
// Lines of /proc/PID/maps.
std::size_t mapping_count(pid_t pid);
// Threads that are stopped (state T or t), and who traces the process: both are 0 when it is free.
std::size_t stopped_threads(pid_t pid);
int tracer_of(pid_t pid);
bool catches(pid_t pid, int signal);  // it has a handler for it
std::string comm_of(pid_t pid);
std::vector<pid_t> children_of(pid_t pid);  // of its main thread
// Scratch areas: anonymous mappings that are code and can't be written.
std::size_t scratch_areas(pid_t pid);

}  // namespace sidestep::test
