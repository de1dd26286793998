// Wakes the session's control loop: from signal handlers, from the tracing thread, from the output
// thread. An eventfd: async-signal-safe to ring, never forgets.
#pragma once

#include <chrono>
#include <optional>

#include "linux/unique_fd.hpp"

namespace sidestep::session {

class Doorbell {
 public:
  Doorbell();
  void ring() noexcept;
  /// Until rung, or until the time is over.
  void wait(std::optional<std::chrono::nanoseconds> at_most);

 private:
  os::UniqueFd fd_;
};

}  // namespace sidestep::session
