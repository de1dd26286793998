// Whether anybody else uses a processor that some threads of ours hand on to each other. They tell
// when they get it and when they let it go: from one's end to the next one's beginning it takes a
// switch, and more if somebody has come in between. Only for those threads, which share that
// processor and so come one behind the other.
#pragma once

#include <algorithm>
#include <atomic>

#include "sidestep/events.hpp"

namespace sidestep::os {

class Guests {
 public:
  void turn_begins(Nanoseconds now) {
    constexpr Nanoseconds enough = 200'000;  // for a mean that goes back within some 40 turns
    if (!ended_) return;
    const Nanoseconds away = std::min(now - ended_, enough), mean = away_;
    away_ = mean + (away - mean) / 8;
  }
  void turn_ends(Nanoseconds now) { ended_ = now; }
  /// Lately. A mean, as an interrupt is nobody who waits.
  bool are_here() const {
    constexpr Nanoseconds a_switch = 2'500;  // generous
    return away_ > a_switch;
  }

 private:
  std::atomic<Nanoseconds> ended_{0}, away_{0};
};

}  // namespace sidestep::os
