// Whether anybody else uses a processor that some threads of ours hand on to each other. They tell
// it when they get it and when they let it go: from one's end to the next one's beginning there is
// a switch, unless somebody has come in between. For those threads, which share that processor.
#pragma once

#include <atomic>

#include "sidestep/events.hpp"

namespace sidestep::os {

class Guests {
 public:
  void turn_begins(Nanoseconds now) {
    constexpr Nanoseconds a_switch = 15'000, stay = 20'000'000;
    if (ended_ && now - ended_ > a_switch) until_ = now + stay;
  }
  void turn_ends(Nanoseconds now) { ended_ = now; }
  /// There has been somebody of late.
  bool are_here(Nanoseconds now) const { return now < until_; }

 private:
  std::atomic<Nanoseconds> ended_{0}, until_{0};
};

}  // namespace sidestep::os
