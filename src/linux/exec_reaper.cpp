#include "linux/exec_reaper.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>

#include "linux/proc.hpp"

namespace sidestep::os {
namespace {

constexpr auto look_every = std::chrono::milliseconds(5);
constexpr std::int64_t too_long = 20;  // ms; a SEIZE takes microseconds

std::int64_t now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

ExecReaper::ExecReaper(Pid target) : target_(target) {
  sigset_t all, before;  // signals are for the threads that wait for them
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ExecReaper::~ExecReaper() {
  done_ = true;
  thread_.join();
}

void ExecReaper::begin() {
  since_ = now();
}
void ExecReaper::end() {
  since_ = 0;
}

std::set<Tid> ExecReaper::reaped() const {
  const std::lock_guard lock(mutex_);
  return reaped_;
}

void ExecReaper::run() {
  while (!done_) {
    const std::int64_t since = since_;
    if (since && now() - since > too_long) reap();
    std::this_thread::sleep_for(look_every);
  }
}

/// Only the target's own threads: other children of this process are not ours to reap.
void ExecReaper::reap() {
  for (const Tid tid : proc::tasks(target_)) {
    siginfo_t info{};
    constexpr int ended = WEXITED | WNOHANG | __WALL;
    if (::waitid(P_PID, static_cast<id_t>(tid.value), &info, ended) != 0 || !info.si_pid) continue;
    const std::lock_guard lock(mutex_);
    reaped_.insert(tid);
  }
}

}  // namespace sidestep::os
