// Running processes: seized without a stop, armed without a stop.
#include <algorithm>

#include "core/engine.hpp"

namespace sidestep::core {

Result<void> Engine::attach(Pid pid) {
  const auto threads = kernel_.attach(pid);
  if (!threads) return threads.error();
  Process& process = add_process(pid);
  if (!first_.value) first_ = pid;
  process.start_up = false;
  process.attached = true;
  attaching_ = true;
  for (const Tid tid : *threads) {
    const auto identity = kernel_.identify(tid);
    const Pid own = identity ? identity->process : pid;  // another's: it shares the memory
    const Role role = own == pid || options_.follow ? Role::Member : Role::Guest;
    add(process, tid, own, role, state::Free{});
  }
  return {};
}

/// Modules and matches of a process as it is now. False: not now; it is in the middle of an exec,
/// whose event is still to come and begins a new record, or of its end.
bool Engine::look_at(Process& process) {
  const Tid by = process.living();
  kernel_.forget_memory(by);  // what is opened next is the memory of today's program
  const Kernel::Startup before = kernel_.startup(by);
  const std::size_t left = parts_.arming.adopt_areas(process, by);
  if (left)
    parts_.recorder.notice(process.pid, std::to_string(left) +
                                            " breakpoint(s) that an earlier session, killed, had "
                                            "left in it were taken out");
  parts_.arming.rescan(process, by);
  parts_.arming.place_pending(process);
  const Kernel::Startup after = kernel_.startup(by);
  const bool built = static_cast<bool>(before.entry);  // else the exec is still at it
  const bool same = built && before.entry == after.entry && before.interpreter == after.interpreter;
  if (same && !process.modules.empty()) return true;
  parts_.arming.forget(process);
  process.modules.clear();
  return false;
}

/// Nothing is written before all matches are decided, and no match is the user's mistake. What has
/// happened since the threads were seized (births, ends, an exec) is looked at first; what happens
/// while we look is found out by replace_image().
void Engine::arm_attached() {
  const auto attached = [](const auto& process) { return process->attached; };
  if (std::none_of(processes_.begin(), processes_.end(), attached)) return;
  serve_round();
  attaching_ = false;
  Process* first = nullptr;
  std::vector<Process*> to_arm;
  for (auto& process : processes_) {
    if (!process->attached || process->start_up || process->threads.empty()) continue;
    // One whose image is new since the seizing has been armed as new images are: another look would
    // take its traps for those of an earlier session.
    if (!process->armed && !look_at(*process)) continue;
    find_truth(*process);
    if (!first) first = process.get();
    if (!process->armed) to_arm.push_back(process.get());
  }
  if (!first || !begin(*first)) return;
  for (Process* process : to_arm) {
    const Tid by = process->living();
    find_syscall_insn(*process, by);  // now, while nobody waits for it
    parts_.arming.arm_pending(*process, by);
    process->armed = true;
    audit_sites(*process, by);
    tell_notes(*process);
  }
  tell_armed();
}

}  // namespace sidestep::core
