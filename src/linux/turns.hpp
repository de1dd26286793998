// Who is asked next whether it has stopped. Threads that stop often are asked one after the other,
// so that each gets its turn however many there are; the others now and then. No system calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sidestep/types.hpp"

namespace sidestep::os {

class Turns {
 public:
  bool add(Tid tid);  ///< false: it is known already
  void remove(Tid tid);
  /// It has stopped: it counts as hot until it has let many others go first.
  void stopped(Tid tid);

  std::size_t size() const { return threads_.size(); }
  std::size_t hot() const { return hot_; }
  std::vector<Tid> all_hot() const;
  /// The hot one whose turn it is: hot() calls go round all of them. One that has not stopped for
  /// long goes back to the others, and is not returned. Zero: none.
  Tid next_hot();
  Tid next_cold();  ///< the same for the others

 private:
  struct Thread {
    Tid tid;
    std::uint64_t stopped = 0;  ///< the number of its last stop
  };
  void swap(std::size_t a, std::size_t b);
  void cool(std::size_t at);

  std::vector<Thread> threads_;  // the hot ones first
  std::unordered_map<Tid, std::size_t> where_;
  std::size_t hot_ = 0, hot_turn_ = 0, cold_turn_ = 0;
  std::uint64_t stops_ = 0;
};

}  // namespace sidestep::os
