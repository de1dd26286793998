#include "cli/ending.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

namespace sidestep::cli {

Ending ending_for(const Error& error) {
  switch (error.kind) {
    case ErrorKind::Usage:
      return {.code = kBadUsage};
    case ErrorKind::Setup:
      return {.code = kCannotTrace};
    case ErrorKind::NotRunnable:
      return {.code = 126};
    case ErrorKind::NotFound:
      return {.code = 127};
  }
  return {.code = kCannotTrace};
}

Ending ending_for(const Outcome& outcome, Strictness strictness) {
  if (strictness == Strictness::Strict && !outcome.complete) return {.code = kIncomplete};
  if (outcome.ended_by_us || outcome.attached) return {};
  if (const auto* exited = std::get_if<Exited>(&outcome.exit)) return {.code = exited->code};
  if (const auto* signaled = std::get_if<Signaled>(&outcome.exit)) {
    return {.code = 128 + signaled->signal, .signal = signaled->signal};
  }
  return {};
}

void complain(const std::string& message) {
  // One write, as standard error is shared with the command; and one line, whatever was quoted.
  std::string line = fmt::format("sidestep: {}", message);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return (c & 0xe0) == 0 || c == 0x7f; }, '?');
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int end(const Ending& ending) {
  if (ending.signal == 0) return ending.code;
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  signal(ending.signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, ending.signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  std::fflush(nullptr);
  raise(ending.signal);
  return ending.code;
}

}  // namespace sidestep::cli
