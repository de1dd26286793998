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
constexpr std::uint64_t enough_to_tell = 128;    // stops
constexpr Nanoseconds long_enough = 20'000'000;  // for these, if they are that fast
constexpr Nanoseconds first_pause = 10'000'000, longest_pause = 1'000'000'000;

}  // namespace

void Pace::stopped(Nanoseconds now) {
  gap_ += (std::min(now - last_, fast_ ? longest_gap_awake : longest_gap) - gap_) / 32;
  last_ = now;
  ++stops_;
  if (!fast_ && gap_ < maybe_fast && now >= try_again_) {
    fast_ = true;
    fast_since_ = stops_;
    attempt_ends_ = now + long_enough;
    gap_ = really_fast;  // what is measured from here on counts
    others_ = 0;
  }
  if (!has_a_processor_to_spare()) {  // not awake: it tells nothing
    fast_since_ = stops_;
    attempt_ends_ = now + long_enough;
  }
  if (!fast_ || (stops_ - fast_since_ < enough_to_tell && now < attempt_ends_)) return;
  if (gap_ < really_fast) {
    next_pause_ = first_pause;
    return;
  }
  fast_ = false;
  gap_ = longest_gap;
  try_again_ = now + next_pause_;
  next_pause_ = std::clamp(2 * next_pause_, first_pause, longest_pause);
}

void Pace::note_runnable(std::size_t all, std::size_t ours) {
  const std::size_t others = all > ours ? all - ours : 0;
  others_ = (others_ * 7 + others * scale) / 8;
}

/// One for the others each, one for the thread that is hit, and one to spare.
bool Pace::has_a_processor_to_spare() const {
  return (others_ + scale / 2) / scale + 2 <= processors_;
}

Pace::Plan Pace::plan(std::size_t hot_threads, bool sleep_is_dear) const {
  constexpr Nanoseconds slice = 10'000'000;  // until requests from other threads are looked at
  constexpr Nanoseconds longest = 20'000;    // by then a sleep would have been over too
  if (policy_ == Wait::Block) return {};
  if (policy_ == Wait::Spin) return {slice, false, false};
  if (!is_fast() || !has_a_processor_to_spare()) return {};
  if (hot_threads <= 1 && processors_ == 2 && !sleep_is_dear) return {0, true, true};
  return {std::min(4 * gap_, longest), true, false};
}

}  // namespace sidestep::os
