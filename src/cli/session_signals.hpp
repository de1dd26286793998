// Signals to sidestep steer a session: INT, TERM and HUP end it, USR1 asks for an interim summary,
// and a reader that went away is an EPIPE and not our death.
//
// Signals that were ignored when sidestep started stay so (nohup). All others get handlers, never
// SIG_IGN: an exec resets a handler to the default, but would hand SIG_IGN on to the command.
#pragma once

#include <signal.h>

#include <array>

#include "sidestep/session.hpp"

namespace sidestep::cli {

/// Once, at the start: PIPE never kills us, and neither does a USR1 that comes too early or late.
void survive_stray_signals();

/// In the tracing process: Ctrl-Z stops the command, and the process that the shell waits for, but
/// not us. Threads that trap would wait, and the stop itself could not be passed on to the command.
void keep_tracing_at_ctrl_z();

/// While it lives, INT, TERM and HUP end the session, and USR1 has an effect.
class SessionSignals {
 public:
  /// One at a time. `session` must outlive it.
  explicit SessionSignals(Session& session);
  /// Puts back what was there before.
  ~SessionSignals();
  SessionSignals(const SessionSignals&) = delete;
  SessionSignals& operator=(const SessionSignals&) = delete;

  /// The last of INT, TERM, HUP that came; 0: none.
  int ended_by() const;

 private:
  static constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kEnding.size()> before_{};
};

}  // namespace sidestep::cli
