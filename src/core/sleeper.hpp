// How one side of a queue waits for the other: asleep, and woken only if it is. The other side pays
// for a look at a flag, which is in its cache unless somebody has just slept.
#pragma once

#include <atomic>

namespace sidestep::core {

/// One thread sleeps, one other wakes it. What they tell each other by must be seq_cst on both
/// sides: the waker stores it before it looks at the flag, the sleeper sets the flag before it
/// looks whether there is reason to sleep. So one of them sees what the other has done.
class Sleeper {
 public:
  /// Returns when `ready()` is true, as it may be at once.
  template <class Ready>
  void sleep_until(Ready ready) {
    if (ready()) return;
    for (;;) {
      asleep_.store(1);
      if (ready()) break;
      asleep_.wait(1);
    }
    asleep_.store(0);
  }

  void wake() {
    if (!asleep_.load()) return;
    asleep_.store(0);
    asleep_.notify_one();
  }

 private:
  alignas(64) std::atomic<int> asleep_{0};
};

}  // namespace sidestep::core
