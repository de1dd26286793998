// The tracing thread at a lower priority than the one thread that it serves, so that waking it is
// cheap. The two share a processor and wake each other. A thread that goes to sleep with more than
// its share of the processor behind it is left on the queue, marked (kernel/sched/fair.c,
// DELAY_DEQUEUE), and then a wake-up takes the mark away, no more: a quarter of a microsecond less
// a hit. At a lower priority its share is smaller. With several threads to serve it costs more than
// it brings: they wait for each other. Where a priority once given up can't be had back (nice(2) by
// an ordinary user) it stays as it is.
#pragma once

#include <atomic>

namespace sidestep::os {

class Deference {
 public:
  /// Tries whether this machine lets a priority be had back. For a thread that is of no more use.
  void find_out();

  // --- the tracing thread ---
  void set(bool wanted);

 private:
  std::atomic<bool> is_known_{false}, can_be_undone_{false};
  bool is_set_ = false;
  int before_ = 0;  // nice(2)
};

}  // namespace sidestep::os
