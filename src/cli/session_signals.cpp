#include "cli/session_signals.hpp"

#include <atomic>
#include <cstddef>

namespace sidestep::cli {
namespace {

std::atomic<Session*> steered{nullptr};
std::atomic<int> last_ending{0};
static_assert(std::atomic<Session*>::is_always_lock_free, "a handler may use nothing else");

extern "C" void on_signal(int signal) {
  Session* session = steered.load();
  if (signal == SIGPIPE || session == nullptr) return;
  if (signal == SIGUSR1) {
    session->request_interim();
  } else {
    last_ending.store(signal);
    session->request_stop();
  }
}

/// Returns what was there before.
struct sigaction handle_unless_ignored(int signal) {
  struct sigaction before {};
  sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return before;
  struct sigaction caught {};
  caught.sa_handler = on_signal;  // without SA_RESTART: a blocked wait is to wake up
  sigemptyset(&caught.sa_mask);
  sigaction(signal, &caught, nullptr);
  return before;
}

}  // namespace

void survive_stray_signals() {
  handle_unless_ignored(SIGPIPE);
  handle_unless_ignored(SIGUSR1);
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
