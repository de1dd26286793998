#include "linux/exec_reaper.hpp"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

namespace sidestep::os {
namespace {

constexpr auto look_every = std::chrono::milliseconds(5);
constexpr std::int64_t too_long = 20;  // ms; a SEIZE takes microseconds

/// Whom this thread has asked to seize: read by the handler on the same thread, so no locks.
constexpr std::size_t most = 1 << 16;
std::array<int, most> asked;
std::atomic<std::size_t> asked_count{0};

int nudge() {
  return SIGRTMAX - 1;
}

std::int64_t now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

/// System calls only: all of them async-signal-safe.
extern "C" void let_them_die(int) {
  const int error = errno;
  for (std::size_t i = 0; i < asked_count; ++i) {
    siginfo_t info{};
    constexpr int at_exit = SIGTRAP | PTRACE_EVENT_EXIT << 8;
    const bool stopped = ::ptrace(PTRACE_GETSIGINFO, asked[i], nullptr, &info) == 0;
    if (stopped && info.si_code == at_exit) ::ptrace(PTRACE_CONT, asked[i], nullptr, nullptr);
    ::waitid(P_PID, static_cast<id_t>(asked[i]), &info, WEXITED | WNOHANG | __WALL);
  }
  errno = error;
}

}  // namespace

ExecReaper::ExecReaper() : tracer_(static_cast<int>(::syscall(SYS_gettid))) {
  asked_count = 0;
  struct sigaction handled {};
  handled.sa_handler = let_them_die;
  sigaction(nudge(), &handled, nullptr);
  sigset_t all, before;  // other signals are for the threads that wait for them
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ExecReaper::~ExecReaper() {
  done_ = true;
  thread_.join();
  asked_count = 0;
}

void ExecReaper::begin(Tid tid) {
  if (asked_count < most) {
    asked[asked_count] = tid.value;
    ++asked_count;
  }
  since_ = now();
}

void ExecReaper::end() {
  since_ = 0;
}

void ExecReaper::run() {
  while (!done_) {
    const std::int64_t since = since_;
    if (since && now() - since > too_long) ::syscall(SYS_tgkill, ::getpid(), tracer_, nudge());
    std::this_thread::sleep_for(look_every);
  }
}

}  // namespace sidestep::os
