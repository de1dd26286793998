#include "cli/guardian.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cli/guarded_bytes.hpp"
#include "cli/session_signals.hpp"

namespace sidestep::cli {
namespace {

constexpr std::array passed_on = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : passed_on) sigaddset(&set, signal);
  sigaddset(&set, SIGCHLD);
  return set;
}

/// What the terminal sends (SI_KERNEL) reaches the whole foreground group, the child with it. So
/// does what somebody sends to the group, but that can't be told: the child drops the second of
/// two.
bool may_be_for_us_alone(const siginfo_t& info) {
  return info.si_code <= 0;
}

Ending of_status(int status, GuardedBytes& bytes) {
  if (WIFEXITED(status)) return {.code = WEXITSTATUS(status)};
  const int signal = WTERMSIG(status);
  const GuardedBytes::Outcome put_back = bytes.restore_all();
  if (!put_back.bytes && !put_back.left)
    return {.code = 128 + signal, .signal = signal};  // the command's own end
  if (put_back.left)
    complain(fmt::format(
        "the tracing process was killed by signal {}; {} breakpoint{} can't be taken out "
        "(not permitted): the program will die at the next one it meets",
        signal, put_back.left, put_back.left == 1 ? "" : "s"));
  if (!put_back.bytes) return {.code = kCannotTrace};
  complain(fmt::format(
      "the tracing process was killed by signal {}; {} breakpoint{} taken out of {} "
      "process{}, which run{} on, except for threads that had just met one",
      signal, put_back.bytes, put_back.bytes == 1 ? " was" : "s were", put_back.processes,
      put_back.processes == 1 ? "" : "es", put_back.processes == 1 ? "s" : ""));
  return {.code = kCannotTrace};
}

Ending watch_over(pid_t child, GuardedBytes& bytes) {
  const sigset_t set = watched();
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return of_status(status, bytes);
    if (ended < 0 && errno == ECHILD) return {.code = kCannotTrace};
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&set, &info);
    if (signal > 0 && signal != SIGCHLD && may_be_for_us_alone(info))
      ::sigqueue(child, signal, {.sival_int = kPassedOn});
  }
}

}  // namespace

Ending guarded(const std::function<Ending(CodeWitness*)>& work) {
  GuardedBytes bytes;
  const sigset_t set = watched();
  sigset_t before;
  sigprocmask(SIG_BLOCK, &set, &before);
  // Ignored, as we may have found it, it would have the kernel reap the child for us, and say
  // nothing.
  struct sigaction child_signal {
  }, child_signal_before{};
  child_signal.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &child_signal, &child_signal_before);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NAME, "trace-engine");
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigaction(SIGCHLD, &child_signal_before, nullptr);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    keep_tracing_at_ctrl_z();
    if (::getppid() != parent) return {.code = kCannotTrace};  // killed before it could be noticed
    return work(&bytes);
  }
  const Ending ending = child < 0 ? Ending{} : watch_over(child, bytes);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return child < 0 ? work(nullptr) : ending;
}

}  // namespace sidestep::cli
