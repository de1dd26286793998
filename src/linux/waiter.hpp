// The one door for waits: whom to ask, in which order, and how to spend the time until somebody
// stops. Tracing thread only.
#pragma once

#include <optional>
#include <vector>

#include "core/stop.hpp"
#include "linux/company.hpp"
#include "linux/hot_time.hpp"
#include "linux/pace.hpp"
#include "linux/runnable.hpp"
#include "linux/turns.hpp"
#include "linux/wait_call.hpp"
#include "linux/wakefulness.hpp"
#include "sidestep/options.hpp"

namespace sidestep::os {

class Waiter {
 public:
  explicit Waiter(Wait policy);

  std::optional<core::RawStop> poll();
  /// nullopt: interrupted by a signal, or no tracee is left.
  std::optional<core::RawStop> block();
  bool alone() const { return alone_; }
  void expect(Tid tid) { turns_.add(tid); }
  /// The program has just been started by us.
  void launched() { pace_.launched(); }
  /// See Company::take_along.
  void take_along(pthread_t helper) { company_.take_along(helper); }
  /// Its stop is not going to be answered soon.
  void keep(Tid tid);

 private:
  std::optional<core::RawStop> poll_once();
  std::optional<core::RawStop> take(const Answer& answer);
  std::optional<core::RawStop> look_at_all(Patience patience);
  std::optional<core::RawStop> look_at(Tid tid);
  std::optional<core::RawStop> look_at_next();
  std::optional<core::RawStop> look_at_hot();
  std::optional<core::RawStop> look_for_more();
  std::optional<core::RawStop> look_around();
  std::optional<core::RawStop> spin(Nanoseconds at_most);
  std::optional<core::RawStop> sleep();
  std::optional<core::RawStop> sleep_among_many();
  bool are_many() const;
  bool is_time_to_look_around();
  void adapt(const Pace::Plan& plan, const core::RawStop& stop);
  void look_at_the_load();

  Pace pace_;
  Turns turns_;
  Runnable runnable_;
  Wakefulness wakefulness_;
  Company company_;
  HotTime hot_time_;
  bool alone_ = false;
  std::vector<core::RawStop> reaped_;  // by keep(), and not reported yet
  unsigned looks_ = 0;
  std::size_t served_ = 0;  // stops since the last sleep
  Nanoseconds looked_around_ = 0;
  unsigned signals_missing_ = 0;  // stops in a row whose SIGCHLD did not reach this thread
  bool signals_held_ = false;     // it is blocked here, to be waited for
};

}  // namespace sidestep::os
