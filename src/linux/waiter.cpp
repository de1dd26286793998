#include "linux/waiter.hpp"

#include <sched.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

namespace sidestep::os {
namespace {

// Tracees and children of the calling thread only: other children of the process are not ours.
constexpr int all_of_ours = WSTOPPED | WEXITED | __WALL | __WNOTHREAD | WNOWAIT;
constexpr std::int64_t spin_for = 60'000;  // ns after a stop
constexpr std::int64_t spin_slice =
    10'000'000;  // ns; with Wait::Spin, until requests are looked at
constexpr std::int64_t worth_spinning = 80'000;  // ns between stops

std::int64_t now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

std::size_t processors() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<std::size_t>(CPU_COUNT(&set))
                                                     : 1;
}

core::RawStop::Kind kind_of_event(int event, int signal) {
  using Kind = core::RawStop::Kind;
  switch (event) {
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
      return Kind::Clone;
    case PTRACE_EVENT_VFORK:
      return Kind::Vfork;
    case PTRACE_EVENT_VFORK_DONE:
      return Kind::VforkDone;
    case PTRACE_EVENT_EXEC:
      return Kind::Exec;
    case PTRACE_EVENT_EXIT:
      return Kind::Exit;
    case PTRACE_EVENT_STOP:
      return signal == SIGTRAP ? Kind::Nudge : Kind::Group;
    default:
      return Kind::Other;
  }
}

/// siginfo of a wait → the same as wait4's status word, and its meaning. For a ptrace stop
/// si_status holds signal | event << 8 (kernel/exit.c, wait_task_stopped).
core::RawStop to_stop(const siginfo_t& info) {
  using Kind = core::RawStop::Kind;
  core::RawStop stop;
  stop.tid = {info.si_pid};
  stop.code = info.si_status;
  switch (info.si_code) {
    case CLD_EXITED:
      stop.kind = Kind::Exited;
      stop.status = info.si_status << 8;
      return stop;
    case CLD_KILLED:
    case CLD_DUMPED:
      stop.kind = Kind::Killed;
      stop.status = info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
      return stop;
    default:
      break;
  }
  const int event = info.si_status >> 8, signal = info.si_status & 0xff;
  stop.status = info.si_status << 8 | 0x7f;
  stop.code = signal & 0x7f;
  if (event)
    stop.kind = kind_of_event(event, signal);
  else
    stop.kind = signal == (SIGTRAP | 0x80) ? Kind::Syscall : Kind::Signal;
  return stop;
}

}  // namespace

Waiter::Waiter(Wait policy) : policy_(policy), processors_(processors()) {}

std::optional<core::RawStop> Waiter::look(int flags) {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, all_of_ours | flags) < 0) {
    alone_ = errno == ECHILD;
    return std::nullopt;
  }
  if (!info.si_pid) return std::nullopt;
  const core::RawStop stop = to_stop(info);
  if (stop.kind == core::RawStop::Kind::Exited || stop.kind == core::RawStop::Kind::Killed) {
    siginfo_t reaped{};
    ::waitid(P_PID, static_cast<id_t>(info.si_pid), &reaped, WEXITED | __WALL | WNOHANG);
    forget(stop.tid);
  } else {
    // After an exec by another thread than the leader the kernel takes the tid for a stale one, and
    // refuses every request, until the event has been reaped (kernel/ptrace.c,
    // looks_like_a_spurious_pid).
    if (stop.kind == core::RawStop::Kind::Exec) keep(stop.tid);
    note(stop.tid);
  }
  return stop;
}

/// One after the other, so that each gets its turn: a wait for any child prefers the newest, and
/// with many tracees it is dear besides.
std::optional<core::RawStop> Waiter::look_at_recent() {
  for (std::size_t i = 0; i < recents_; ++i) {
    turn_ = turn_ + 1 < recents_ ? turn_ + 1 : 0;
    siginfo_t info{};
    const auto id = static_cast<id_t>(recent_[turn_].value);
    if (::waitid(P_PID, id, &info, WSTOPPED | __WALL | WNOWAIT | WNOHANG) < 0) {
      forget(recent_[turn_]);
      continue;
    }
    if (!info.si_pid) continue;
    const core::RawStop stop = to_stop(info);
    if (stop.kind == core::RawStop::Kind::Exec) keep(stop.tid);
    return stop;
  }
  return std::nullopt;
}

std::optional<core::RawStop> Waiter::poll() {
  constexpr unsigned look_around_every = 16, forget_every = 4096;
  if (!reaped_.empty()) {
    const core::RawStop stop = reaped_.back();
    reaped_.pop_back();
    return stop;
  }
  if (polls_ % forget_every == 0) recents_ = 0;
  if (++polls_ % look_around_every != 0)
    if (auto stop = look_at_recent()) return stop;
  return look(WNOHANG);
}

bool Waiter::should_spin() const {
  if (policy_ != Wait::Auto) return policy_ == Wait::Spin;
  return usual_gap_ < worth_spinning && recents_ < processors_;
}

std::optional<core::RawStop> Waiter::spin() {
  const std::int64_t until = now() + (policy_ == Wait::Spin ? spin_slice : spin_for);
  do {
    for (int i = 0; i < 8; ++i)
      if (auto stop = look_at_recent()) return stop;
    if (auto stop = look(WNOHANG)) return stop;
    if (alone_) return std::nullopt;
  } while (now() < until);
  return std::nullopt;
}

std::optional<core::RawStop> Waiter::block() {
  auto stop = poll();
  if (!stop && !alone_ && should_spin()) stop = spin();
  if (!stop && !alone_ && policy_ != Wait::Spin) stop = look(0);
  const std::int64_t at = now();
  usual_gap_ += (std::min<std::int64_t>(at - last_stop_, 1'000'000) - usual_gap_) / 8;
  last_stop_ = at;
  return stop;
}

void Waiter::note(Tid tid) {
  if (std::find(recent_.begin(), recent_.begin() + recents_, tid) != recent_.begin() + recents_)
    return;
  if (recents_ < most_recent)
    recent_[recents_++] = tid;
  else
    recent_[turn_] = tid;
}

void Waiter::forget(Tid tid) {
  const auto end = recent_.begin() + recents_;
  const auto found = std::find(recent_.begin(), end, tid);
  if (found == end) return;
  *found = recent_[--recents_];
}

/// Killed since its stop was seen, the thread may have gone on to its exit event: then it is that
/// which has been reaped, and nobody will report it again.
void Waiter::keep(Tid tid) {
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(tid.value), &info, WSTOPPED | __WALL | WNOHANG);
  if (!info.si_pid) return;
  const core::RawStop stop = to_stop(info);
  if (stop.kind == core::RawStop::Kind::Exit) reaped_.push_back(stop);
}

}  // namespace sidestep::os
