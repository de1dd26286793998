// Leaving: disarm, send on whoever trapped before, and stop when no trap can still be on its way.
// Then the tracing thread ends and the kernel detaches everybody without stopping them (engine.md,
// Detach).
#include <algorithm>

#include "core/engine.hpp"

namespace sidestep::core {

void Engine::begin_drain() {
  if (draining_) return;
  draining_ = true;
  // A stopped thread in the middle of something of ours is asked to stop again: see advance().
  for (const auto& [tid, thread] : threads_)
    if (thread->group_stopped && !std::holds_alternative<state::Listening>(thread->state))
      kernel_.interrupt(tid);
  for (auto& process : processes_) {
    // An in-place turn is finished first; follow_up() comes back here when it is over.
    const bool turn_under_way =
        process->state == ProcessState::Lifted || process->state == ProcessState::Quiescing;
    if (!turn_under_way) disarm(*process);
  }
}

void Engine::disarm(Process& process) {
  if (process.state == ProcessState::Draining) return;
  const Tid by = process.living();
  audit_sites(process, by);
  parts_.arming.forget_gone(process, by);
  parts_.arming.disarm_all(process, by);
  process.state = ProcessState::Draining;
  process.start_up = false;
  account_.disarmed_at = kernel_.now();
  for (auto& [tid, thread] : process.threads) {
    thread->drained =
        !process.sites.size() || std::holds_alternative<state::Exiting>(thread->state);
    thread->drain_cpu = kernel_.cpu_time(tid).value_or(0);
  }
  release_all(process);
}

namespace {

/// Leaving waits for as long as those that are waited for get anywhere at all; not for ever for
/// threads that a cgroup's freezer holds, or a machine that never lets them run.
class Patience {
 public:
  explicit Patience(Nanoseconds now) : last_(now), looked_(now) {}
  void progress(Nanoseconds now) { last_ = now; }
  bool look_again(Nanoseconds now) {
    constexpr Nanoseconds pause = 250'000'000;
    if (now - looked_ < pause) return false;
    looked_ = now;
    return true;
  }
  /// `state` differs whenever anybody has run.
  bool is_over(std::uint64_t state, Nanoseconds now) {
    constexpr Nanoseconds enough = 5'000'000'000;
    if (state != state_) progress(now);
    state_ = state;
    return now - last_ > enough;
  }

 private:
  std::uint64_t state_ = 0;
  Nanoseconds last_, looked_;
};

}  // namespace

/// Those that are not drained.
Engine::Remaining Engine::remaining() {
  Remaining all;
  for (auto& process : processes_)
    for (auto& [tid, thread] : process->threads) {
      if (drained(*process, *thread)) continue;
      all.cpu_time += kernel_.cpu_time(tid).value_or(0);
      ++all.threads;
    }
  return all;
}

void Engine::leave_behind(const Remaining& those) {
  parts_.recorder.notice(first_, std::to_string(those.threads) +
                                     " thread(s) have not run for 5 s (frozen by a cgroup?) and "
                                     "are left as they are; one that had just met a breakpoint "
                                     "will die of it");
}

void Engine::drain() {
  Patience patience(kernel_.now());
  // With all drained, what still stops does so for the program's own reasons, and for as long as it
  // likes. The kernel hands on the signal of a stop that has not been reaped.
  constexpr unsigned enough_rounds = 16;
  for (unsigned drained_rounds = 0;;) {
    if (serve_round()) patience.progress(kernel_.now());
    if ((threads_.empty() && announced_.empty()) || kernel_.alone()) return;
    bool all = announced_.empty();
    for (auto& process : processes_)
      for (auto& [tid, thread] : process->threads) all = drained(*process, *thread) && all;
    if (!all) {
      if (patience.look_again(kernel_.now())) {
        const Remaining those = remaining();
        if (patience.is_over(those.cpu_time + those.threads, kernel_.now()))
          return leave_behind(those);
      }
      kernel_.pause();
      continue;
    }
    if (++drained_rounds == enough_rounds || !serve_round()) return;
  }
}

/// A group-stopped thread runs nothing; but a trap may be queued behind its stop. Asking it to stop
/// once more shows the group-stop again, and this time it is answered otherwise.
bool Engine::leave_stop(Thread& thread) {
  if (!kernel_.trap_pending(thread.tid)) return true;
  if (!thread.asked_again) kernel_.interrupt(thread.tid);
  thread.asked_again = true;
  return false;
}

/// Nothing of ours is under way in the thread, and no trap from before the disarming can still
/// come: it has been stopped and resumed since, or it sleeps in a system call, or it has run long
/// enough since without trapping.
bool Engine::drained(Process& process, Thread& thread) {
  if (process.state != ProcessState::Draining) return false;
  const bool quiet = std::holds_alternative<state::Free>(thread.state) ||
                     std::holds_alternative<state::InCall>(thread.state) ||
                     std::holds_alternative<state::InVfork>(thread.state) ||
                     std::holds_alternative<state::Listening>(thread.state) ||
                     std::holds_alternative<state::Exiting>(thread.state);
  if (!quiet) return false;
  if (std::holds_alternative<state::Listening>(thread.state)) return leave_stop(thread);
  if (thread.drained || kernel_.asleep_or_gone(thread.tid)) return true;
  constexpr std::uint64_t two_ticks = 20'000'000;  // ns, at HZ=100, the slowest clock there is
  const auto cpu = kernel_.cpu_time(thread.tid);
  if (!cpu) return true;
  const bool ran = *cpu - thread.drain_cpu > two_ticks;
  return ran && !kernel_.trap_pending(thread.tid) && !kernel_.in_stop(thread.tid);
}

}  // namespace sidestep::core
