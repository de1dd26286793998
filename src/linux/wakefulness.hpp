// Keeps processors awake while stops come fast, and lets go by itself when they don't: a thread of
// lowest priority that holds a request on the kernel's latency device (Documentation/power/
// pm_qos_interface.rst), where we may open it, so that idle processors poll instead of halting; and
// that runs itself where it is asked to, so that the other processor of two does not look idle, and
// the kernel leaves the thread that is hit beside the tracer. Thread-safe.
#pragma once

#include <atomic>
#include <thread>

#include "sidestep/events.hpp"

namespace sidestep::os {

class Wakefulness {
 public:
  Wakefulness() = default;
  ~Wakefulness();
  Wakefulness(const Wakefulness&) = delete;
  Wakefulness& operator=(const Wakefulness&) = delete;

  enum class How : bool { RequestOnly, RunToo };
  /// A stop has come, at `now` (CLOCK_MONOTONIC). A few nanoseconds, unless it is the first one.
  void prolong(Nanoseconds now, How how);
  /// Whether its thread runs now, for the count of who wants a processor.
  bool runs() const { return awake_ && how_ == How::RunToo; }

 private:
  void begin();
  void stand_by();
  void watch();
  bool is_wanted() const;

  std::atomic<Nanoseconds> last_{0};
  std::atomic<How> how_{How::RequestOnly};
  std::atomic<bool> awake_{false}, done_{false};
  std::thread thread_;
};

}  // namespace sidestep::os
