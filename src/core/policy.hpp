// How a mode gets a trapped thread past its instruction. To add a mode: one class that implements
// this, one line in src/session. Policies are pure: they return effects and touch nothing.
#pragma once

#include <optional>

#include "core/site_table.hpp"
#include "core/state.hpp"
#include "core/transition.hpp"

namespace sidestep::core {

class Policy;

/// All that a transition may look at.
struct View {
  const ThreadState& state;
  Role role = Role::Member;
  ProcessState process = ProcessState::Tracing;
  bool start_up = false;  ///< before the program's first instruction: system calls stop
  const SiteTable& sites;
  const Policy& policy;        ///< for the user's sites
  const Policy& own_sites;     ///< for our own (linker hook): always displaced
  bool leaving = false;        ///< the run is being ended: nothing is reported any more
  bool group_stopped = false;  ///< leaving: its process is stopped (SIGSTOP) and has to stay so
};

class Policy {
 public:
  virtual ~Policy() = default;

  /// A thread has trapped at `site` (PC behind the trap). `verdict` is filled in by the caller.
  virtual Transition pass(const SitePlan& site, const View& view) const = 0;

  /// Where a thread that has trapped at `site` goes on, if that and a plain resume is all that
  /// pass() would come to for one that runs the program. The usual hit, without the rest.
  virtual std::optional<Address> shortcut(const SitePlan&) const { return std::nullopt; }

  /// In-place modes: the Waiting thread's turn has come. `counted` as in state::Waiting.
  virtual Transition turn(const SitePlan& site, bool counted) const = 0;

  /// In-place modes: whether all others must have stopped before a turn begins.
  virtual bool stops_others() const = 0;
  /// Whether the mode lifts traps; then `turn` is used and `missed` can only be known if it also
  /// stops the others.
  virtual bool in_place() const = 0;
  /// Whether the mode guarantees that no arrival is missed.
  bool exact() const { return !in_place() || stops_others(); }
};

}  // namespace sidestep::core
