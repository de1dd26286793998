// How sidestep itself ends: an exit status, or a signal that the command died of.
#pragma once

#include "cli/options.hpp"
#include "sidestep/result.hpp"
#include "sidestep/session.hpp"

namespace sidestep::cli {

inline constexpr int kNothingShown = 1;  ///< compare: an exact mode was not exact
inline constexpr int kBadUsage = 2;
inline constexpr int kIncomplete = 120;  ///< --strict
inline constexpr int kCannotTrace = 125;

struct Ending {
  int code = 0;
  int signal = 0;  ///< not 0: die of it

  bool operator==(const Ending&) const = default;
};

/// Pure.
Ending ending_for(const Error& error);
/// Pure. Ended by us is 0; --strict goes before the command's own status.
Ending ending_for(const Outcome& outcome, Strictness strictness);

/// "sidestep: MESSAGE" on standard error.
void complain(const std::string& message);

/// Returns the exit status, or does not return: dies of the signal, without a core dump of our own
/// (the command has left its own where it was to). 128 + signal where the signal does not kill.
int end(const Ending& ending);

}  // namespace sidestep::cli
