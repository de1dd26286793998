#include "linux/waiter.hpp"

#include <sched.h>
#include <signal.h>
#include <time.h>

#include <cerrno>

namespace sidestep::os {
namespace {

Nanoseconds time_on(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return t.tv_sec * Nanoseconds{1'000'000'000} + t.tv_nsec;
}

Nanoseconds now() {
  return time_on(CLOCK_MONOTONIC);
}

std::size_t processors() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<std::size_t>(CPU_COUNT(&set))
                                                       : 1;
}

sigset_t child_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

/// Asking takes a lock that the thread that is about to stop needs too.
void let_others_have_the_lock() {
  constexpr int pauses = 24;  // about a microsecond
  for (int i = 0; i < pauses; ++i) __builtin_ia32_pause();
}

}  // namespace

Waiter::Waiter(Wait policy) : pace_(policy, processors(), Company::gives_way()) {}

// --- one look ----------------------------------------------------------------------------------

std::optional<core::RawStop> Waiter::take(const Answer& answer) {
  if (!answer.stop) return std::nullopt;
  using Kind = core::RawStop::Kind;
  const core::RawStop& stop = *answer.stop;
  if (stop.kind == Kind::Exited || stop.kind == Kind::Killed) {
    turns_.remove(stop.tid);
    return stop;
  }
  // After an exec by another thread than the leader the kernel takes the tid for a stale one, and
  // refuses every request, until the event has been reaped (kernel/ptrace.c,
  // looks_like_a_spurious_pid).
  if (stop.kind == Kind::Exec) keep(stop.tid);
  const bool is_born = stop.kind == Kind::Nudge && turns_.add(stop.tid);
  if (is_born)
    pace_.thread_born(now());
  else
    turns_.stopped(stop.tid);
  return stop;
}

std::optional<core::RawStop> Waiter::look_at_all(Patience patience) {
  const Answer answer = ask_all(patience);
  alone_ = answer.nobody_there;
  return take(answer);
}

std::optional<core::RawStop> Waiter::look_at(Tid tid) {
  const Answer answer = ask(tid);
  if (answer.nobody_there) turns_.remove(tid);
  return take(answer);
}

std::optional<core::RawStop> Waiter::look_at_next() {
  const Tid next = turns_.next_hot();
  return next.value ? look_at(next) : std::nullopt;
}

std::optional<core::RawStop> Waiter::look_at_hot() {
  for (std::size_t left = turns_.hot(); left; --left)
    if (auto stop = look_at_next()) return stop;
  return std::nullopt;
}

/// Those that share our processor have stopped one behind the other while we slept: where the next
/// one has not, none has, nor when each has been served once.
std::optional<core::RawStop> Waiter::look_for_more() {
  return ++served_ < turns_.hot() ? look_at_next() : std::nullopt;
}

/// Those who do not stop often, bit by bit, and then whoever there is: asking for anybody shows the
/// newest thread that has stopped, and a few hot ones that always have would hide all others.
std::optional<core::RawStop> Waiter::look_around() {
  looked_around_ = now();
  constexpr unsigned a_few = 2, more = 64;
  for (unsigned left = are_many() ? more : a_few; left; --left) {
    const Tid next = turns_.next_cold();
    if (!next.value) break;
    if (auto stop = look_at(next)) return stop;
  }
  return look_at_all(Patience::None);
}

bool Waiter::are_many() const {
  constexpr std::size_t many = 32;  // from there asking for anybody is dearer than a signal
  return turns_.size() > many;
}

bool Waiter::is_time_to_look_around() {
  constexpr unsigned looks = 64;
  constexpr Nanoseconds pause = 1'000'000;
  if (++looks_ % looks != 0) return false;
  return !are_many() || now() - looked_around_ > pause;
}

// --- until somebody stops ------------------------------------------------------------------------

/// Who does not wait is about to leave, or has other things to do.
std::optional<core::RawStop> Waiter::poll() {
  company_.leave();
  auto stop = poll_once();
  if (stop) stop->at = now();
  return stop;
}

std::optional<core::RawStop> Waiter::poll_once() {
  if (!reaped_.empty()) {
    const core::RawStop stop = reaped_.back();
    reaped_.pop_back();
    return stop;
  }
  if (!is_time_to_look_around())
    if (auto stop = look_at_hot()) return stop;
  return look_around();
}

std::optional<core::RawStop> Waiter::block() {
  const Pace::Plan plan = pace_.plan(are_many() && turns_.hot() <= 2);
  std::optional<core::RawStop> stop;
  if (!reaped_.empty())
    stop = poll_once();
  else if (is_time_to_look_around())
    stop = look_around();
  else if (turns_.hot() > 1 && !plan.spin)
    // A single one needs no turns.
    stop = plan.company && !are_many() ? look_for_more() : look_at_hot();
  if (!stop && plan.spin) stop = spin(plan.spin);
  if (!stop && !alone_ && !pace_.never_sleeps()) stop = sleep();
  if (stop) stop->at = now();
  if (stop && pace_.adapts()) adapt(plan, *stop);
  return stop;
}

std::optional<core::RawStop> Waiter::spin(Nanoseconds at_most) {
  const Nanoseconds until = now() + at_most;
  do {
    if (auto stop = is_time_to_look_around() ? look_around() : look_at_hot()) return stop;
    if (alone_) return std::nullopt;
    let_others_have_the_lock();
  } while (now() < until);
  return std::nullopt;
}

/// One stop without a signal may have been dropped behind another; several in a row are taken by
/// somebody else in this process.
std::optional<core::RawStop> Waiter::sleep() {
  served_ = 0;
  constexpr unsigned too_many = 4;
  if (are_many() && pace_.is_fast() && signals_missing_ < too_many) return sleep_among_many();
  return look_at_all(Patience::Sleep);
}

/// Asking for anybody goes through all of them, each time that somebody stops. A stop's SIGCHLD
/// says who it is; but while one is pending others are dropped, so it is a reason to look, no more.
std::optional<core::RawStop> Waiter::sleep_among_many() {
  const sigset_t signal = child_signal();
  if (!signals_held_) ::pthread_sigmask(SIG_BLOCK, &signal, nullptr);
  signals_held_ = true;
  constexpr timespec moment{0, 1'000'000};
  siginfo_t info{};
  if (::sigtimedwait(&signal, &info, &moment) == SIGCHLD) {
    signals_missing_ = 0;
    if (auto stop = look_at({info.si_pid})) return stop;
    if (auto stop = look_at_hot()) return stop;
    return is_time_to_look_around() ? look_around() : std::nullopt;
  }
  if (errno == EINTR) return std::nullopt;
  auto stop = look_at_all(Patience::None);
  if (stop) ++signals_missing_;
  return stop ? stop : look_at_all(Patience::Sleep);
}

void Waiter::adapt(const Pace::Plan& plan, const core::RawStop& stop) {
  pace_.stopped(stop.at);
  const bool alone = turns_.hot() <= 1;
  if (plan.awake) wakefulness_.prolong(stop.at, plan.awake);
  using Kind = core::RawStop::Kind;
  const bool is_alive = stop.kind != Kind::Exited && stop.kind != Kind::Killed;
  if (!plan.company && !(plan.beside && alone)) company_.leave();
  if (plan.beside && alone && is_alive) company_.stay_beside(stop.at, stop.tid);
  if (plan.company && is_alive &&
      !company_.prolong(stop.at, plan.company, stop.tid, pace_.is_fast() && alone))
    pace_.note_no_company();
  look_at_the_load();
}

void Waiter::look_at_the_load() {
  if (pace_.wants_to_know()) {
    // Not ours: those that are hit, but for the one that has just stopped.
    const std::size_t hot = turns_.hot() ? turns_.hot() - 1 : 0;
    if (const auto all = runnable_.count()) pace_.note_runnable(*all, 1 + hot + company_.running());
  }
  constexpr std::size_t not_too_many = 16;
  if (!pace_.wants_times() || turns_.hot() > not_too_many) return;
  const Nanoseconds tracing = time_on(CLOCK_THREAD_CPUTIME_ID);
  const Nanoseconds known = time_on(CLOCK_PROCESS_CPUTIME_ID) + hot_time_.look_at(turns_.all_hot());
  pace_.note_times({tracing, known}, turns_.hot());
}

void Waiter::keep(Tid tid) {
  const auto stop = reap(tid);
  if (stop && stop->kind == core::RawStop::Kind::Exit) reaped_.push_back(*stop);
}

}  // namespace sidestep::os
