#include "linux/pace.hpp"

#include <algorithm>

namespace sidestep::os {

void Pace::stopped(Nanoseconds now) {
  constexpr Nanoseconds longest = 1'000'000;  // one pause does not make a fast load slow
  gap_ += (std::min(now - last_, longest) - gap_) / 8;
  last_ = now;
  ++stops_;
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
