#include "linux/pace.hpp"

#include <algorithm>

namespace sidestep::os {

namespace {

/// A gap counts as no more, lest one pause make a fast load slow.
constexpr Nanoseconds longest_gap = 1'000'000, longest_gap_awake = 200'000;
/// Stops this far apart may be so only because both sides fall asleep in between...
constexpr Nanoseconds maybe_fast = 400'000;
/// ... which shows when they don't: beyond this they would have had time to.
constexpr Nanoseconds really_fast = 50'000;
constexpr Nanoseconds start_up_pause = 100'000'000;  // between two stops of a start
constexpr Nanoseconds childhood = 20'000'000;
constexpr std::uint64_t enough_to_tell = 128;    // stops
constexpr Nanoseconds long_enough = 20'000'000;  // for these, if they are that fast
/// Fewer in that time were no load: the stops before it have come to an end.
constexpr std::uint64_t some = long_enough / maybe_fast / 2;
/// The tracing thread's part of the processor that it shares with several threads that are hit.
/// Where it is less they do other things too, and may gain by a processor of their own, though a
/// hit costs half as much again there.
constexpr Nanoseconds little_else = 30;  // in a hundred
/// Others had more of a processor than that: company is in their way.
constexpr Nanoseconds much = 25;
constexpr unsigned again_and_again = 12;

}  // namespace

void Pace::stopped(Nanoseconds now) {
  if (last_) youth_ -= std::min(youth_, std::min(now - last_, start_up_pause));
  gap_ += (std::min(now - last_, fast_ ? longest_gap_awake : longest_gap) - gap_) / 32;
  last_ = now;
  ++stops_;
  if (!fast_ && gap_ < maybe_fast && awake_.is_due(now)) {
    fast_ = true;
    fast_since_ = stops_;
    attempt_ends_ = now + long_enough;
    gap_ = really_fast;  // what is measured from here on counts
    others_ = looked_ = 0;
  }
  if (!together_ && company_.is_due(now)) {
    together_ = true;
    looked_ = 0;
  }
  if (!has_a_processor_to_spare() && !may_keep_company()) {  // not awake: it tells nothing
    fast_since_ = stops_;
    attempt_ends_ = now + long_enough;
  }
  if (!fast_ || (stops_ - fast_since_ < enough_to_tell && now < attempt_ends_)) return;
  if (gap_ < really_fast) return awake_.worked();
  fast_ = false;
  gap_ = longest_gap;
  if (stops_ - fast_since_ >= some) awake_.failed(now);
}

/// Of a time in which company was kept. Others' is also what nobody had: where the hit threads
/// leave their processor idle for so long, company is not worth another one.
void Pace::note_times(Times used, std::size_t hot_threads) {
  const bool is_first = looked_ == 0;
  const Nanoseconds passed = last_ - looked_, tracing = used.tracing - used_.tracing;
  const Nanoseconds others = 2 * passed - (used.known - used_.known);  // there are two processors
  used_ = used;
  looked_ = last_;
  if (is_first || !together_) return;
  const bool is_worth_it = hot_threads <= 1 || tracing * 100 >= passed * little_else;
  const bool is_good = is_worth_it && others * 100 <= passed * much;
  in_vain_ = is_good ? 0 : in_vain_ + 1;
  if (is_good) company_.worked();
  // The kernel's count alone may be wrong (may_keep_company), one look alone a short command.
  const bool is_sure = in_vain_ > 1 && others_ >= scale * 3 / 4;
  if (in_vain_ >= again_and_again || is_sure) part();
}

void Pace::part() {
  in_vain_ = 0;
  together_ = false;
  company_.failed(last_);
}

void Pace::note_runnable(std::size_t all, std::size_t ours) {
  const std::size_t others = all > ours ? all - ours : 0;
  others_ = (others_ * 15 + others * scale) / 16;  // some 10 ms: a short command is no load
}

/// One for the others each, one for the thread that is hit, and one to spare.
bool Pace::has_a_processor_to_spare() const {
  return (others_ + scale / 4) / scale + 2 <= processors_;
}

/// Others get what they want of the company's processor, so one may be among them that isn't: the
/// kernel counts a thread as ready until its time is up even if it sleeps (kernel/sched/fair.c,
/// DELAY_DEQUEUE).
bool Pace::may_keep_company() const {
  return has_company_ && together_ && processors_ == 2 && others_ < scale * 7 / 4;
}

Pace::Plan Pace::plan(bool sleep_is_dear) const {
  constexpr Nanoseconds slice = 10'000'000;      // until requests from other threads are looked at
  constexpr Nanoseconds longest = 20'000;        // by then a sleep would have been over too
  constexpr Nanoseconds while_fast = 6'000'000;  // without a stop
  if (policy_ == Wait::Block) return {};
  if (policy_ == Wait::Spin) return {slice, 0, 0, false};
  // Threads stay where they were born.
  if (youth_ > 0 && last_ - born_ < childhood && may_keep_company())
    return {0, 0, childhood, false};
  if (is_fast() && may_keep_company() && !sleep_is_dear) return {0, 0, while_fast, false};
  // Others keep the other processor busy, and go on with what they do there if we don't come.
  if (!has_a_processor_to_spare())
    return {0, 0, 0, is_fast() && gap_ < really_fast && processors_ == 2};
  if (!is_fast()) return {};
  return {std::min(4 * gap_, longest), while_fast, 0, false};
}

}  // namespace sidestep::os
