// What `sidestep compare` shows, once all runs are done. Pure.
//
// The reference that a mode's hits are held against is the counter of its own run (--truth), or,
// without one, what the exact modes agree on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "sidestep/events.hpp"

namespace sidestep::cli {

struct ComparedRun {
  ComparedMode mode;
  std::uint64_t hits = 0;
  std::optional<std::uint64_t> truth;
  double armed_s = 0;  ///< what hits/s counts
  double wall_s = 0;   ///< what the slowdown counts
  std::optional<double> us_per_hit;
  std::uint64_t bystander_stops = 0, waits = 0;
  ExitStatus exit;
};

struct Comparison {
  std::optional<std::string> truth_symbol;  ///< --truth
  double untraced_s = 0;
  ExitStatus untraced_exit;
  std::vector<ComparedRun> runs;
};

/// The table, and below it what it shows in plain words.
std::string comparison_table(const Comparison& comparison);

/// One record a mode, of type "compare".
std::string comparison_jsonl(const Comparison& comparison);

/// Every exact mode equals its truth; without --truth, they agree among each other.
bool exact_modes_hold(const Comparison& comparison);

}  // namespace sidestep::cli
