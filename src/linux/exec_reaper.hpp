// A thread that breaks a deadlock: PTRACE_SEIZE waits for an exec that is under way in the target
// to finish; that exec waits for the target's other threads to be reaped; and their tracer, which
// would have to do it, sits in PTRACE_SEIZE.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>

#include "sidestep/types.hpp"

namespace sidestep::os {

class ExecReaper {
 public:
  explicit ExecReaper(Pid target);
  ~ExecReaper();
  ExecReaper(const ExecReaper&) = delete;
  ExecReaper& operator=(const ExecReaper&) = delete;

  /// Around each PTRACE_SEIZE, on the tracing thread.
  void begin();
  void end();
  /// Threads whose end it has reaped: nobody else will hear of them.
  std::set<Tid> reaped() const;

 private:
  void run();
  void reap();

  const Pid target_;
  std::atomic<std::int64_t> since_{0};  // ms, when the call under way began; 0: none is
  std::atomic<bool> done_{false};
  mutable std::mutex mutex_;
  std::set<Tid> reaped_;
  std::thread thread_;
};

}  // namespace sidestep::os
