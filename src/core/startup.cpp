// Modules that come and go, scratch areas, and the moment at which the program begins.
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
  if (!process.start_up) return false;
  const bool fixed_up = std::holds_alternative<stop::Trap>(event) && linker_is_done(thread, event);
  if (fixed_up || !kernel_.startup(thread.tid).interpreter) end_start_up(process, thread.tid);
  return false;
}

bool Engine::map_areas(Thread& thread, const StopEvent& event) {
  Process& process = *thread.process;
  while (const auto area = parts_.arming.next_area(process, thread.tid)) {
    const RemoteCall call = kernel_.map_code(*area);
    if (!kernel_.may_call(thread.tid, call, find_syscall_insn(process, thread.tid))) {
      parts_.arming.use_padding(process);
      continue;
    }
    if (borrow(thread, call, event)) {
      thread.area = *area;
      return true;
    }
    parts_.arming.mapped(process, *area, -1);
  }
  thread.deferred.reset();
  parts_.arming.arm_pending(process, thread.tid);
  return false;
}

/// Area pending: the site was armed in a running process, where nobody was at hand to map memory
/// for its slot. The thread that has trapped there is. Others that trap meanwhile are sent back to
/// the site, to trap again, until the slot is there. True as for scan().
bool Engine::provide_slots(Thread& thread, const StopEvent& event) {
  Process& process = *thread.process;
  if (!process.area_pending) return false;  // an ordinary hit pays for no more than this
  const auto* trap = std::get_if<stop::Trap>(&event);
  if (!trap || trap->early || draining_ || !parts_.arming.lacks_slot(process, trap->site))
    return false;
  const Thread* borrower = process.find(process.borrower);
  if (borrower && std::holds_alternative<state::Borrowed>(borrower->state)) {
    dispatch(thread, stop::Trap{trap->site, trap->echo, true}, kernel_.now());
    return true;
  }
  if (map_areas(thread, event)) return true;
  if (parts_.arming.lacks_slot(process, trap->site))
    fail({ErrorKind::Setup,
          "no memory can be mapped in process " + std::to_string(process.pid.value) +
              " for the slot of a site (a seccomp filter, or a limit on its memory); it runs on "
              "untraced"},
         process);
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

bool Engine::borrow(Thread& thread, const RemoteCall& call, const StopEvent& event) {
  Process& process = *thread.process;
  const Address insn = find_syscall_insn(process, thread.tid);
  const auto regs = kernel_.registers(thread.tid);
  const auto mask = kernel_.signal_mask(thread.tid);
  if (!insn || !regs || !mask) return false;
  Registers changed = *regs;
  parts_.arch.prepare_call(changed, call, insn);
  // No signal may come between here and the call: a handler would see registers that are not the
  // program's.
  kernel_.set_signal_mask(thread.tid, kernel_.mask_for_hold());
  if (!kernel_.set_registers(thread.tid, changed)) return false;
  thread.borrowed = *regs;
  thread.held.mask = *mask;
  thread.deferred = event;
  process.borrower = thread.tid;
  change_state(thread, state::Borrowed{});
  kernel_.resume(thread.tid, {Resume::How::Syscall, 0});
  return true;
}

void Engine::finish_borrow(Thread& thread, Nanoseconds woke) {
  const auto regs = kernel_.registers(thread.tid);
  Registers saved = thread.borrowed;
  parts_.arch.forget_call(saved);
  kernel_.set_registers(thread.tid, saved);
  kernel_.set_signal_mask(thread.tid, thread.held.mask);
  const std::int64_t result = regs ? parts_.arch.call_result(*regs) : -1;
  parts_.arming.mapped(*thread.process, thread.area, result);
  const StopEvent event = *thread.deferred;
  if (draining_) thread.deferred.reset();
  if (!draining_ &&
      (wants_scan(thread, event) ? scan(thread, event) : provide_slots(thread, event)))
    return;
  thread.deferred.reset();
  dispatch(thread, event, woke);
}

Address Engine::find_syscall_insn(Process& process, Tid by) {
  if (process.syscall_insn) return process.syscall_insn;
  std::vector<Mapping> mappings = kernel_.mappings(by);
  // The vdso first: nobody puts breakpoints there.
  std::stable_partition(mappings.begin(), mappings.end(),
                        [](const Mapping& m) { return m.path == "[vdso]"; });
  for (const Mapping& m : mappings) {
    if (!m.executable || m.path == "[vsyscall]") continue;
    std::vector<std::uint8_t> code(std::min<std::uint64_t>(m.range.size(), 1 << 20));
    code.resize(kernel_.read(by, m.range.begin, code));
    const std::size_t at = parts_.arch.find_system_call(code);
    if (at == std::string::npos || at >= code.size()) continue;
    return process.syscall_insn = m.range.begin + at;
  }
  return {};
}

/// All that will be there before the program's first own instruction is there.
void Engine::end_start_up(Process& process, Tid by) {
  process.start_up = false;
  process.armed_at = kernel_.now();
  find_truth(process);
  if (begun_) return;  // a later exec
  if (begin(process)) audit_sites(process, by);
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
  account_.armed_at = kernel_.now();
  begun_ = true;
  Record record;
  record.kind = Record::Kind::Started;
  record.ts = account_.armed_at;
  record.pid = first.pid;
  parts_.recorder.record(record);
  for (const Record& early : before_start_) parts_.recorder.record(early);
  before_start_.clear();
  return true;
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
