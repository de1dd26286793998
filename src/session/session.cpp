#include "sidestep/session.hpp"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "session/catalog.hpp"
#include "session/doorbell.hpp"
#include "session/pump.hpp"
#include "session/summary.hpp"
#include "session/tracing.hpp"

namespace sidestep {
namespace {

using Clock = std::chrono::steady_clock;

/// Interrupts the tracing thread's wait. Its handler does nothing: that the call returns is enough.
constexpr int kick_signal = SIGURG;

class KickHandler {
 public:
  KickHandler() {
    struct sigaction quiet {};
    quiet.sa_handler = [](int) {};  // without SA_RESTART
    sigemptyset(&quiet.sa_mask);
    sigaction(kick_signal, &quiet, &before_);
  }
  ~KickHandler() { sigaction(kick_signal, &before_, nullptr); }
  KickHandler(const KickHandler&) = delete;
  KickHandler& operator=(const KickHandler&) = delete;

 private:
  struct sigaction before_ {};
};

/// A tracee's stop sends SIGCHLD to the process; the tracing thread may wait for it
/// (linux/waiter.hpp), so no other thread may take it. Not blocked before there is a tracing
/// thread: the command would inherit that.
class StopSignalsHeldOff {
 public:
  StopSignalsHeldOff() {
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &stops, &before_);
  }
  ~StopSignalsHeldOff() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  StopSignalsHeldOff(const StopSignalsHeldOff&) = delete;
  StopSignalsHeldOff& operator=(const StopSignalsHeldOff&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct Session::Impl {
  Impl(SessionOptions o, EventSink& s) : options(std::move(o)), sink(s) {}

  Result<Outcome> run();
  void control(session::Tracing& tracing, session::Pump& pump, pthread_t tracer);
  std::optional<std::chrono::nanoseconds> until_deadline(const session::Pump& pump);
  Outcome outcome(const session::Tracing& tracing, const session::Catalog& catalog,
                  const session::Pump& pump);

  SessionOptions options;
  EventSink& sink;
  session::Doorbell doorbell;
  std::atomic<int> stops{0};
  std::atomic<int> interims{0};
  std::atomic<bool> done{false};
  std::optional<Clock::time_point> deadline;
};

Session::Session(SessionOptions options, EventSink& sink)
    : impl_(std::make_unique<Impl>(std::move(options), sink)) {}
Session::~Session() = default;

void Session::request_stop() noexcept {
  ++impl_->stops;
  impl_->doorbell.ring();
}

void Session::request_interim() noexcept {
  ++impl_->interims;
  impl_->doorbell.ring();
}

Result<Outcome> Session::run() {
  return impl_->run();
}

Result<Outcome> Session::Impl::run() {
  session::Catalog catalog;
  session::Pump pump(options, catalog, sink, [this] {  // the output has failed: leave cleanly
    ++stops;
    doorbell.ring();
  });
  auto tracing = session::Tracing::prepare(options, catalog, pump);
  if (!tracing) return tracing.error();

  const KickHandler kick;
  Result<void> traced;
  std::thread tracer([&] {
    traced = (*tracing)->run();
    done = true;
    doorbell.ring();
  });
  {
    const StopSignalsHeldOff held_off;
    control(**tracing, pump, tracer.native_handle());
    tracer.join();
  }
  pump.finish();
  if (!traced) return traced.error();
  Outcome result = outcome(**tracing, catalog, pump);
  pump.write_last(result.summary);
  if (pump.error()) return *pump.error();
  return result;
}

/// Until the tracing thread has ended: passes requests on. A kick may come just before the tracing
/// thread blocks and be lost, so it is repeated until the request has been seen.
void Session::Impl::control(session::Tracing& tracing, session::Pump& pump, pthread_t tracer) {
  int interims_passed = 0;
  while (!done) {
    std::optional<std::chrono::nanoseconds> at_most = until_deadline(pump);
    if (!tracing.engine().requests_seen()) at_most = std::chrono::milliseconds(1);
    doorbell.wait(at_most);
    if (deadline && Clock::now() >= *deadline) {
      deadline.reset();
      ++stops;
    }
    if (stops) tracing.engine().request_stop();
    if (stops > 1) pump.skip();
    if (interims != interims_passed) tracing.engine().request_interim();
    interims_passed = interims;
    if (!done && !tracing.engine().requests_seen()) pthread_kill(tracer, kick_signal);
  }
}

/// --duration counts from the moment at which the program begins, armed.
std::optional<std::chrono::nanoseconds> Session::Impl::until_deadline(const session::Pump& pump) {
  if (!options.duration || stops) return std::nullopt;
  if (!pump.started()) return std::chrono::milliseconds(1);
  if (!deadline) deadline = Clock::now() + *options.duration;
  return *deadline - Clock::now();
}

Outcome Session::Impl::outcome(const session::Tracing& tracing, const session::Catalog& catalog,
                               const session::Pump& pump) {
  const core::Account& account = tracing.account();
  Outcome result;
  result.summary = session::summarise(options, account, catalog, pump.lost());
  if (!account.processes.empty()) result.exit = account.processes.front().second;
  result.ended_by_us = account.ended_by_us;
  result.truth = account.truth;
  result.attached = !options.pids.empty();
  result.complete = result.summary.missed == std::uint64_t{0} && result.summary.lost == 0;
  return result;
}

}  // namespace sidestep
