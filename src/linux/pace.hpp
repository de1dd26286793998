// How to wait for the next stop, by how fast they come and by who else wants a processor. Pure: it
// is told the time. The figures behind it are in docs/adr/0013-how-the-tracer-waits.md.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sidestep/events.hpp"
#include "sidestep/options.hpp"

namespace sidestep::os {

class Pace {
 public:
  /// `has_company`: there is a way to keep threads together that costs others nothing.
  Pace(Wait policy, std::size_t processors, bool has_company)
      : policy_(policy), processors_(processors), has_company_(has_company) {}

  struct Plan {
    Nanoseconds spin = 0;     ///< for how long to ask again and again before sleeping
    Nanoseconds awake = 0;    ///< for how long to keep idle processors from sleeping deeply
    Nanoseconds company = 0;  ///< for how long to keep the threads that are hit on our processor
    bool beside = false;      ///< whether to stay on the processor of a single thread that is hit
  };
  /// `sleep_is_dear`: more than what company saves, so many are traced.
  Plan plan(bool sleep_is_dear = false) const;
  /// Whether waiting takes more than one plan.
  bool adapts() const { return policy_ == Wait::Auto; }

  /// The program has just been started by us: its threads are still to be born.
  void launched() { youth_ = start_up; }
  void thread_born(Nanoseconds now) { born_ = now; }
  void stopped(Nanoseconds now);
  /// Whether `note_runnable` is due.
  bool wants_to_know() const { return fast_ && stops_ % 64 == 0; }
  /// So many threads of the whole machine were running or ready to, ourselves and `ours` among
  /// them.
  void note_runnable(std::size_t all, std::size_t ours);
  /// Whether `note_times` is due.
  bool wants_times() const {
    return fast_ && stops_ % 512 == 0 && last_ - looked_ > 4'000'000 && may_keep_company();
  }
  /// The processor time that has been used so far.
  struct Times {
    Nanoseconds tracing = 0;  ///< by the tracing thread
    Nanoseconds known = 0;    ///< by all of this process, and by the threads that are hit often
  };
  void note_times(Times used, std::size_t hot_threads);
  /// Company could not be had.
  void note_no_company() { part(); }
  bool is_fast() const { return fast_; }
  bool never_sleeps() const { return policy_ == Wait::Spin; }

 private:
  static constexpr std::size_t scale = 1024;

  /// When to try something again that did not work: each time it doesn't, after twice as long.
  class Retry {
   public:
    Retry(Nanoseconds first, Nanoseconds longest)
        : first_(first), longest_(longest), pause_(first) {}
    bool is_due(Nanoseconds now) const { return now >= next_; }
    void failed(Nanoseconds now) {
      next_ = now + pause_;
      pause_ = std::min(2 * pause_, longest_);
    }
    void worked() { pause_ = first_; }

   private:
    Nanoseconds first_, longest_, pause_, next_ = 0;
  };

  static constexpr Nanoseconds start_up = 250'000'000;

  void part();
  bool has_a_processor_to_spare() const;
  bool may_keep_company() const;

  Wait policy_;
  std::size_t processors_;
  bool has_company_;
  std::uint64_t stops_ = 0;
  Nanoseconds last_ = 0;
  Nanoseconds youth_ = 0;         // how much of the start-up is left
  Nanoseconds born_ = 0;          // when the last thread was
  Nanoseconds gap_ = 1'000'000;   // between stops, a moving mean
  bool fast_ = false;             // it pays to be awake for the next one
  std::uint64_t fast_since_ = 0;  // the number of the stop
  Nanoseconds attempt_ends_ = 0;  // at the latest
  Retry awake_{10'000'000, 1'000'000'000};
  bool together_ = true;  // the threads that are hit gain by sharing our processor
  unsigned in_vain_ = 0;  // times in a row that it did not look so
  Retry company_{50'000'000, 2'000'000'000};
  Times used_;
  Nanoseconds looked_ = 0;  // when that was; zero: before this attempt
  std::size_t others_ = 0;  // threads that want a processor and are not hit, likewise
};

}  // namespace sidestep::os
