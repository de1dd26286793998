#include "cli/session_signals.hpp"

#include <signal.h>
#include <time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "cli/guardian.hpp"

namespace sidestep::cli {
namespace {

std::atomic<Session*> steered{nullptr};
std::atomic<int> last_ending{0};
static_assert(std::atomic<Session*>::is_always_lock_free, "a handler may use nothing else");

/// The guardian passes signals on that were sent to it. One sent to the whole group comes twice:
/// from its sender and from the guardian. Only async-signal-safe calls.
bool comes_twice(int signal, const siginfo_t* info) {
  static volatile struct {
    int signal;
    bool passed_on;
    std::int64_t at;  // ns
  } last{};
  constexpr std::int64_t together = 200'000'000;
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  const std::int64_t now = t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
  const bool passed_on = info->si_code == SI_QUEUE && info->si_value.sival_int == kPassedOn;
  const bool twice =
      last.signal == signal && last.passed_on != passed_on && now - last.at < together;
  last.signal = twice ? 0 : signal;
  last.passed_on = passed_on;
  last.at = now;
  return twice;
}

extern "C" void on_signal(int signal, siginfo_t* info, void*) {
  if (comes_twice(signal, info)) return;
  Session* session = steered.load();
  if (signal == SIGPIPE || session == nullptr) return;
  if (signal == SIGUSR1) {
    session->request_interim();
  } else {
    last_ending.store(signal);
    session->request_stop();
  }
}

extern "C" void no_effect(int) {}

/// Returns what was there before.
struct sigaction handle_unless_ignored(int signal) {
  struct sigaction before {};
  sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return before;
  struct sigaction caught {};
  caught.sa_sigaction = on_signal;
  caught.sa_flags = SA_SIGINFO;  // without SA_RESTART: a blocked wait is to wake up
  sigemptyset(&caught.sa_mask);
  sigaction(signal, &caught, nullptr);
  return before;
}

}  // namespace

void survive_stray_signals() {
  handle_unless_ignored(SIGPIPE);
  handle_unless_ignored(SIGUSR1);
}

void keep_tracing_at_ctrl_z() {
  struct sigaction action {};
  sigaction(SIGTSTP, nullptr, &action);
  if (action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = no_effect;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTSTP, &action, nullptr);
}

SessionSignals::SessionSignals(Session& session) {
  last_ending.store(0);
  steered.store(&session);
  for (std::size_t i = 0; i < kEnding.size(); ++i) before_[i] = handle_unless_ignored(kEnding[i]);
}

SessionSignals::~SessionSignals() {
  for (std::size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding[i], &before_[i], nullptr);
  steered.store(nullptr);
}

int SessionSignals::ended_by() const {
  return last_ending.load();
}

}  // namespace sidestep::cli
