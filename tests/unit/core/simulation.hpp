// One run of the real Engine, Arming and policies on the scripted kernel: a program, a seed, a
// mode.
#pragma once

#include <string>
#include <vector>

#include "core/engine.hpp"
#include "fixtures.hpp"

namespace sidestep::core::test {

struct Plan {
  const Mode& mode;
  unsigned seed = 1;
  bool stops = false;          ///< request_stop() at a random instant
  bool strings = true;         ///< whether rep instructions may be sites
  std::uint64_t stops_at = 0;  ///< with `stops`: at this wait; 0: drawn from the seed
  bool attached = false;       ///< to the program while it is in the middle of an exec
  std::string journal{};       ///< a file to write one to; "": none
};

struct Outcome {
  Account account;
  std::uint64_t arrivals = 0;      ///< at the sites, counted by the program
  std::uint64_t slot_runs = 0;     ///< of these, in a slot
  std::uint64_t interrupts = 0;    ///< PTRACE_INTERRUPTs asked for
  bool left_early = false;         ///< the program went on when the tracer had ended
  std::vector<std::string> wrong;  ///< what the program, or a site's account, disagrees with
  std::string text() const;
};

Outcome simulate(const Plan& plan);

}  // namespace sidestep::core::test
