// The one door for waits. A stop is read without being reaped (WNOWAIT): resuming needs no more,
// and if the tracer is killed meanwhile the kernel still delivers the SIGTRAP instead of silently
// letting the thread go on behind a breakpoint (engine.md, Waiting).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/stop.hpp"
#include "sidestep/options.hpp"

namespace sidestep::os {

class Waiter {
 public:
  explicit Waiter(Wait policy);

  std::optional<core::RawStop> poll();
  /// nullopt: interrupted by a signal, or no tracee is left.
  std::optional<core::RawStop> block();
  bool alone() const { return alone_; }
  void keep(Tid tid);
  void forget(Tid tid);

 private:
  std::optional<core::RawStop> look(int flags);
  std::optional<core::RawStop> look_at_recent();
  std::optional<core::RawStop> spin();
  void note(Tid tid);
  bool should_spin() const;

  static constexpr std::size_t most_recent = 16;

  const Wait policy_;
  const std::size_t processors_;
  bool alone_ = false;
  std::array<Tid, most_recent> recent_{};  // threads that stopped lately, polled one by one
  std::size_t recents_ = 0, turn_ = 0;
  std::vector<core::RawStop> reaped_;  // by keep(), and not reported yet
  unsigned polls_ = 0;
  std::int64_t last_stop_ = 0;              // ns
  std::int64_t usual_gap_ = 1'000'000'000;  // ns between stops, a moving mean
};

}  // namespace sidestep::os
