// While stops come fast: threads of ours that make the other one of two processors look taken, so
// that the kernel leaves the threads that are hit beside the tracer, where a hit costs least. The
// processor is there for whoever wants it: they yield it every few microseconds, and the kernel
// takes a yield for a whole time slice (kernel/sched/fair.c, yield_task_fair), so that one thread
// of the program beside all of them gets 98 % of it, at once. What the kernel weighs when it
// chooses a processor is how many are there and want to run: several do it reliably where one does
// not, whatever its priority (docs/adr/0013-how-the-tracer-waits.md). It takes no privilege.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "linux/deference.hpp"
#include "linux/guests.hpp"
#include "linux/vigil.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

class Company {
 public:
  /// Whether the running kernel takes a yield for what it is here: since Linux 6.18 ("Forfeit
  /// vruntime on yield"). Before, they would take eight parts in nine.
  static bool gives_way();
  /// A thread of ours that works for the tracing thread, and would take its processor from it. It
  /// is kept among company while that is there. It lives until the last call of any below.
  void take_along(pthread_t helper) { helpers_.push_back(helper); }

  // --- the tracing thread, which goes where the threads that are hit are, and stays there ---
  /// As Vigil's. `hit` is a thread that has just been hit; `alone`: no other is hit often. False:
  /// there can be none.
  bool prolong(Nanoseconds now, Nanoseconds by, Tid hit, bool alone);
  /// Without company: it goes where the thread is, and after it. What there still is of company
  /// goes when its time is up.
  void stay_beside(Nanoseconds now, Tid hit);
  /// It may run anywhere again; company goes likewise.
  void leave();
  /// So many threads of ours want a processor, for the count of who does.
  std::size_t running() const { return running_; }

 private:
  bool begin(Tid hit);
  void wait_for_company() const;
  bool is_astray(Tid hit, bool alone);
  void change_places();
  void keep_helpers_on(const cpu_set_t& processors);
  void watch();
  void run();

  std::optional<cpu_set_t> before_;  // the tracing thread's affinity, where we have changed it
  int here_ = -1;                    // and to what
  std::vector<pthread_t> helpers_;
  Nanoseconds began_ = 0, looked_ = 0;
  unsigned astray_ = 0;
  Deference deference_;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
  std::atomic<int> where_{-1};  // company's processor; -1: there is no other
  std::atomic<std::size_t> running_{0};
  std::atomic<bool> over_{false};        // all go together
  std::atomic<bool> is_refused_{false};  // there can be none here: it was tried
  // What company writes all the time: a hit must not share a cache line with it.
  alignas(64) Guests guests_;
  alignas(64) Vigil vigil_{"company", [this] { watch(); }};
};

}  // namespace sidestep::os
