// Running processes: seized without a stop, armed without a stop.
#include <algorithm>

#include "core/engine.hpp"

namespace sidestep::core {

Result<void> Engine::attach(Pid pid) {
  const auto threads = kernel_.attach(pid);
  if (!threads) return threads.error();
  processes_.push_back(std::make_unique<Process>());
  Process& process = *processes_.back();
  process.pid = pid;
  if (!first_.value) first_ = pid;
  process.start_up = false;
  process.attached = true;
  for (const Tid tid : *threads) add(process, tid, pid, Role::Member, state::Free{});
  return {};
}

/// Modules and matches of a process as it is now. False: it was in the middle of an exec.
bool Engine::look_at(Process& process) {
  const Tid by = process.living();
  kernel_.forget_memory(by);  // what is opened next is the memory of today's program
  const Kernel::Startup before = kernel_.startup(by);
  parts_.arming.adopt_areas(process, by);
  parts_.arming.rescan(process, by);
  const Kernel::Startup after = kernel_.startup(by);
  return before.entry == after.entry && before.interpreter == after.interpreter;
}

/// Nothing is written before all matches are decided, and no match is the user's mistake. What has
/// happened since the threads were seized (births, ends, an exec) is looked at first.
void Engine::arm_attached() {
  const auto attached = [](const auto& process) { return process->attached; };
  if (std::none_of(processes_.begin(), processes_.end(), attached)) return;
  while (const auto raw = kernel_.wait(Kernel::WaitFor::Poll)) handle(*raw);
  Process* first = nullptr;
  for (auto& process : processes_) {
    if (!process->attached || process->start_up || process->threads.empty()) continue;
    while (!look_at(*process)) {
      parts_.arming.forget(*process);
      process->modules.clear();
    }
    find_truth(*process);
    if (!first) first = process.get();
  }
  if (!first || !begin(*first)) return;
  for (auto& process : processes_) {
    if (!process->attached || process->start_up) continue;
    const Tid by = process->living();
    parts_.arming.arm_pending(*process, by);
    process->armed_at = kernel_.now();
    audit_sites(*process, by);
  }
}

}  // namespace sidestep::core
