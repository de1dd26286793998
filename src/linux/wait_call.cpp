#include "linux/wait_call.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace sidestep::os {
namespace {

using core::RawStop;

// Tracees and children of the calling thread only: other children of the process are not ours.
constexpr int stops_and_ends = WSTOPPED | WEXITED | __WALL | __WNOTHREAD | WNOWAIT;

/// Not by the C library: there it is a cancellation point, which costs a program with threads as
/// much as a good part of the call.
int wait_for(idtype_t whom, int id, siginfo_t& info, int flags) {
  info.si_pid = 0;
  return static_cast<int>(::syscall(SYS_waitid, whom, id, &info, flags, nullptr));
}

RawStop::Kind kind_of_event(int event, int signal) {
  using Kind = RawStop::Kind;
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

bool is_end(const RawStop& stop) {
  return stop.kind == RawStop::Kind::Exited || stop.kind == RawStop::Kind::Killed;
}

/// siginfo of a wait → the same as wait4's status word, and its meaning. For a ptrace stop
/// si_status holds signal | event << 8 (kernel/exit.c, wait_task_stopped).
RawStop to_stop(const siginfo_t& info) {
  using Kind = RawStop::Kind;
  RawStop stop;
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

Answer answer(const siginfo_t& info) {
  const RawStop stop = to_stop(info);
  if (is_end(stop)) {
    siginfo_t reaped{};
    wait_for(P_PID, info.si_pid, reaped, WEXITED | __WALL | WNOHANG);
  }
  return {stop, false};
}

}  // namespace

Answer ask_all(Patience patience) {
  siginfo_t info{};
  const int now = patience == Patience::None ? WNOHANG : 0;
  if (wait_for(P_ALL, 0, info, stops_and_ends | now) < 0) return {{}, errno == ECHILD};
  if (!info.si_pid) return {};
  return answer(info);
}

Answer ask(Tid tid) {
  siginfo_t info{};
  if (wait_for(P_PID, tid.value, info, stops_and_ends | WNOHANG) < 0) return {{}, errno == ECHILD};
  if (!info.si_pid) return {};
  return answer(info);
}

std::optional<RawStop> reap(Tid tid) {
  siginfo_t info{};
  wait_for(P_PID, tid.value, info, WSTOPPED | __WALL | WNOHANG);
  if (!info.si_pid) return std::nullopt;
  return to_stop(info);
}

}  // namespace sidestep::os
