// How to wait for the next stop, by how fast they come and by who else wants a processor. Pure: it
// is told the time. The figures behind it are in docs/adr/0013-how-the-tracer-waits.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sidestep/events.hpp"
#include "sidestep/options.hpp"

namespace sidestep::os {

class Pace {
 public:
  Pace(Wait policy, std::size_t processors) : policy_(policy), processors_(processors) {}

  struct Plan {
    Nanoseconds spin = 0;          ///< for how long to ask again and again before sleeping
    bool stay_awake = false;       ///< keep idle processors from sleeping deeply
    bool keep_other_busy = false;  ///< and have a thread of ours run on the other one
  };
  /// `sleep_is_dear`: so many threads are traced that a sleep ends late.
  Plan plan(std::size_t hot_threads, bool sleep_is_dear = false) const;

  void stopped(Nanoseconds now);
  /// Whether `note_runnable` is due.
  bool wants_to_know() const { return policy_ == Wait::Auto && fast_ && stops_ % 64 == 0; }
  /// So many threads of the whole machine were running or ready to, ourselves and `ours` among
  /// them.
  void note_runnable(std::size_t all, std::size_t ours);
  bool is_fast() const { return fast_; }
  bool never_sleeps() const { return policy_ == Wait::Spin; }

 private:
  static constexpr std::size_t scale = 16;

  bool has_a_processor_to_spare() const;

  Wait policy_;
  std::size_t processors_;
  std::uint64_t stops_ = 0;
  Nanoseconds last_ = 0;
  Nanoseconds gap_ = 1'000'000;   // between stops, a moving mean
  bool fast_ = false;             // it pays to be awake for the next one
  std::uint64_t fast_since_ = 0;  // the number of the stop
  Nanoseconds attempt_ends_ = 0;  // at the latest
  Nanoseconds try_again_ = 0;     // not before that
  Nanoseconds next_pause_ = 0;    // between attempts
  std::size_t others_ = 0;        // threads that want a processor and are not hit, likewise
};

}  // namespace sidestep::os
