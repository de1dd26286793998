#include <fcntl.h>
#include <unistd.h>

#include <optional>

#include "cli/guardian.hpp"
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

namespace {

/// The engine is not what is to go when memory runs short: it would take the program with it. Only
/// where nobody inherits that from us. Needs CAP_SYS_RESOURCE; without it things are as they were.
void ask_to_be_spared() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t n = ::write(file, "-900", 4);
  ::close(file);
}

Ending trace_here(const Options& options) {
  auto opened = make_sink(options.output);
  if (!opened) {
    complain(opened.error().message);
    return ending_for(opened.error());
  }
  Output& output = **opened;
  if (!options.session.pids.empty()) ask_to_be_spared();
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

}  // namespace

Ending trace(const Options& options) {
  if (options.guardian == Guardian::No) return trace_here(options);
  return guarded([&](CodeWitness* witness) {
    Options watched = options;
    watched.session.witness = witness;
    return trace_here(watched);
  });
}

}  // namespace sidestep::cli
