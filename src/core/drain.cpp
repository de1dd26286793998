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

void Engine::drain() {
  for (;;) {
    while (const auto raw = kernel_.wait(Kernel::WaitFor::Poll)) {
      const Tid tid = raw->tid;
      handle(*raw);
      // Seen, and resumed by us; but a trap may be queued behind a SIGCONT.
      if (Thread* thread = find(tid)) thread->drained = !kernel_.trap_pending(tid);
    }
    if ((threads_.empty() && announced_.empty()) || kernel_.alone()) return;
    bool all = announced_.empty();
    for (auto& process : processes_)
      for (auto& [tid, thread] : process->threads) all = drained(*process, *thread) && all;
    if (!all) {
      kernel_.pause();
      continue;
    }
    if (const auto late = kernel_.wait(Kernel::WaitFor::Poll)) {
      handle(*late);
      continue;
    }
    return;
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
  return *cpu - thread.drain_cpu > two_ticks && !kernel_.trap_pending(thread.tid);
}

}  // namespace sidestep::core
