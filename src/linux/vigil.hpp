// A thread of ours that does something for as long as stops come fast, and goes to sleep by itself
// when they don't: the tracing thread is asleep then, and could not tell it. is_wanted() is for any
// thread, the others are for the one that owns it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "sidestep/events.hpp"

namespace sidestep::os {

class Vigil {
 public:
  /// `watch` is run by the thread when it is wanted, and returns when is_wanted() is false. Nothing
  /// is started before that.
  Vigil(const char* name, std::function<void()> watch) : name_(name), watch_(std::move(watch)) {}
  ~Vigil();
  Vigil(const Vigil&) = delete;
  Vigil& operator=(const Vigil&) = delete;

  /// A stop has come, at `now` (CLOCK_MONOTONIC). By one thread only. A few nanoseconds, unless it
  /// is the first one. False: there is no thread to be had.
  bool prolong(Nanoseconds now, Nanoseconds by);
  /// Until so long after the last stop.
  bool is_wanted() const;

 private:
  void begin();
  void stand_by();

  const char* name_;
  std::function<void()> watch_;
  Nanoseconds told_ = 0;  // what the thread knows, in the words of the one who tells it
  std::atomic<Nanoseconds> until_{0};
  std::atomic<bool> asleep_{false}, done_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace sidestep::os
