#include <optional>

#include "cli/session_signals.hpp"
#include "cli/verbs.hpp"
#include "sidestep/output.hpp"

namespace sidestep::cli {
namespace {

Result<Outcome> run(const Options& options, Output& output) {
  Session session(options.session, output);
  // Gone again when the tracee is detached: then there is nothing left to protect, and Ctrl-C is to
  // end the wait for a '|CMD' that never ends.
  const SessionSignals signals(session);
  return session.run();
}

}  // namespace

Ending trace(const Options& options) {
  auto opened = make_sink(options.output);
  if (!opened) {
    complain(opened.error().message);
    return ending_for(opened.error());
  }
  Output& output = **opened;
  const auto outcome = run(options, output);
  std::optional<Ending> failed;
  const auto note = [&](const Error& error) {
    complain(error.message);
    if (!failed) failed = ending_for(error);
  };
  if (!outcome) note(outcome.error());
  if (auto closed = output.close(); !closed) note(closed.error());
  if (options.output.quiet == Quiet::No && !output.notice().empty()) complain(output.notice());
  if (auto written = output.write_account(); !written) note(written.error());
  return failed ? *failed : ending_for(*outcome, options.strictness);
}

}  // namespace sidestep::cli
