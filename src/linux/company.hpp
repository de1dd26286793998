// While stops come fast: threads of ours that make the other one of two processors look taken, so
// that the kernel leaves the threads that are hit beside the tracer, where a hit costs least. The
// processor is there for whoever wants it: they yield it every few microseconds, and the kernel
// takes a yield for a whole time slice (kernel/sched/fair.c, yield_task_fair), so that one thread
// of the program beside all of them gets 98 % of it, at once. What the kernel weighs when it
// chooses a processor is how many are there and want to run: several do it reliably where one does
// not, whatever its priority (docs/adr/0013-how-the-tracer-waits.md). It takes no privilege.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstddef>
#include <optional>

#include "linux/vigil.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

class Company {
 public:
  /// Whether the running kernel takes a yield for what it is here: since Linux 6.18 ("Forfeit
  /// vruntime on yield"). Before, they would take eight parts in nine.
  static bool gives_way();

  // --- the tracing thread, which goes where the threads that are hit are, and stays there ---
  /// As Vigil's. `hit` is a thread that has just been hit. False: there can be none.
  bool prolong(Nanoseconds now, Nanoseconds by, Tid hit);
  /// It may run anywhere again; company goes when its time is up.
  void leave();
  /// So many threads of ours want a processor, for the count of who does.
  std::size_t running() const { return running_; }

 private:
  bool begin(Tid hit);
  void watch();
  void run(int where);

  std::optional<cpu_set_t> before_;  // the tracing thread's affinity, where we have changed it
  Nanoseconds next_begin_ = 0;
  std::atomic<int> where_{-1};  // -1: we have no other processor
  std::atomic<std::size_t> running_{0};
  std::atomic<bool> over_{false};  // all go together
  Vigil vigil_{"company", [this] { watch(); }};
};

}  // namespace sidestep::os
