// Breaks a deadlock: PTRACE_SEIZE waits for an exec that is under way in the target to finish; that
// exec waits for the target's other threads to end; and those sit in the exit event-stop that we
// asked for, or wait to be reaped, by their tracer, which is in PTRACE_SEIZE.
//
// While a seize takes unusually long, a helper thread sends the tracing thread a signal. The kernel
// takes it out of the call, runs the handler, and enters the call again (ERESTARTNOINTR); the
// handler resumes and reaps whoever is on its way out. Only the tracing thread may do that.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "sidestep/types.hpp"

namespace sidestep::os {

class ExecReaper {
 public:
  /// On the tracing thread. One at a time in a process.
  ExecReaper();
  ~ExecReaper();
  ExecReaper(const ExecReaper&) = delete;
  ExecReaper& operator=(const ExecReaper&) = delete;

  /// Around each PTRACE_SEIZE.
  void begin(Tid tid);
  void end();

 private:
  void run();

  const int tracer_;                    // the tracing thread's id
  std::atomic<std::int64_t> since_{0};  // ms, when the call under way began; 0: none is
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace sidestep::os
