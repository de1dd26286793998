// Modules that come and go, and the moment at which the program begins.
#include <algorithm>
#include <array>

#include "core/engine.hpp"

namespace sidestep::core {

/// Stops at which modules may have changed: while libraries are being mapped at start-up, each
/// return from a system call; later, the dynamic linker's hook.
bool Engine::wants_scan(const Thread& thread, const StopEvent& event) {
  const Process& process = *thread.process;
  if (thread.role == Role::Guest || draining_) return false;
  if (auto* trap = std::get_if<stop::Trap>(&event))
    return process.sites.contains(trap->site) &&
           const_cast<SiteTable&>(process.sites).get(trap->site).hook != Hook::None;
  return process.start_up && std::holds_alternative<stop::Syscall>(event) &&
         std::holds_alternative<state::Free>(thread.state) && kernel_.at_syscall_exit(thread.tid);
}

/// True if the thread was borrowed to map memory; its stop is dealt with afterwards.
bool Engine::scan(Thread& thread, const StopEvent& event) {
  Process& process = *thread.process;
  if (!thread.deferred) parts_.arming.rescan(process, thread.tid);
  if (map_areas(thread, event)) return true;
  if (begun_) tell_notes(process);
  if (!process.start_up) return false;
  const bool fixed_up = std::holds_alternative<stop::Trap>(event) && linker_is_done(thread, event);
  if (fixed_up || !kernel_.startup(thread.tid).interpreter) end_start_up(process, thread.tid);
  return false;
}

/// The hook is called before libraries are mapped (RT_ADD) and after (RT_CONSISTENT).
bool Engine::linker_is_done(const Thread& thread, const StopEvent& event) {
  Process& process = *thread.process;
  if (process.sites.get(std::get<stop::Trap>(event).site).hook == Hook::Entry) return true;
  std::array<std::uint8_t, 4> state{};
  return kernel_.read(thread.tid, process.linker_state, state) == state.size() &&
         state == std::array<std::uint8_t, 4>{};  // RT_CONSISTENT
}

/// All that will be there before the program's first own instruction is there.
void Engine::end_start_up(Process& process, Tid by) {
  process.start_up = false;
  process.armed = true;
  find_truth(process);
  if (begun_ || attaching_) return;  // a later exec; or what matches is not decided by this one
  if (!begin(process)) return;
  audit_sites(process, by);
  tell_armed();
}

void Engine::tell_armed() {
  Record record;
  record.kind = Record::Kind::Armed;
  record.ts = kernel_.now();
  parts_.recorder.record(record);
}

bool Engine::find_truth(const Process& process) {
  if (!options_.truth) return true;
  for (const Module& module : process.modules)
    if (auto found = parts_.resolver.symbol(module, *options_.truth); found && !truth_)
      truth_ = found;
  return truth_.has_value();
}

/// Matches are decided: the run begins, or fails.
bool Engine::begin(Process& first) {
  std::vector<const Process*> all;
  for (const auto& process : processes_)
    if (!process->modules.empty()) all.push_back(process.get());
  if (auto matched = parts_.arming.check_matches(all); !matched) {
    fail(matched.error(), first);
    return false;
  }
  if (options_.truth && !truth_) {
    fail({ErrorKind::Usage, "--truth '" + *options_.truth + "': no such symbol in the program"},
         first);
    return false;
  }
  tell_notes(first);
  account_.armed_at = kernel_.now();
  begun_ = true;
  Record record;
  record.kind = Record::Kind::Started;
  record.ts = account_.armed_at;
  record.pid = first.pid;
  parts_.recorder.record(record);
  for (const Early& early : before_start_) parts_.recorder.record(early.record, early.payload);
  before_start_.clear();
  return true;
}

void Engine::tell_notes(const Process& process) {
  for (std::string& text : parts_.arming.take_notes())
    parts_.recorder.note(process.pid, std::move(text));
}

/// Nothing half done is left behind: a launched program has not begun, an attached one goes on.
void Engine::fail(Error error, Process& process) {
  if (!failure_) failure_ = std::move(error);
  if (process.attached)
    begin_drain();
  else
    kernel_.kill(process.pid);
}

}  // namespace sidestep::core
