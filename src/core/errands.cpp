// Errands: a thread that has stopped anyway is borrowed for system calls that only the tracee can
// make (memory for slots, the trap handler). Its own stop is dealt with afterwards.
#include <algorithm>
#include <array>

#include "core/engine.hpp"

namespace sidestep::core {
namespace {

constexpr int trap_signal = 5;

}  // namespace

bool Engine::map_areas(Thread& thread, const StopEvent& event) {
  Process& process = *thread.process;
  while (const auto area = parts_.arming.next_area(process, thread.tid)) {
    const RemoteCall call = kernel_.map_code(*area);
    if (!kernel_.may_call(thread.tid, call, find_syscall_insn(process, thread.tid))) {
      parts_.arming.use_padding(process);
      continue;
    }
    thread.area = *area;
    if (borrow(thread, Errand::MapArea, call, event)) return true;
    parts_.arming.mapped(process, *area, -1, thread.tid);
  }
  parts_.arming.arm_pending(process, thread.tid);
  return process.wants_handler && set_trap_handler(thread, event);
}

/// Asked for, and possible: there is an area to put it in, and the program has no such handler.
bool Engine::set_trap_handler(Thread& thread, const StopEvent& event) {
  Process& process = *thread.process;
  if (!parts_.arming.has_area(process)) return false;  // later, with the first slot
  process.wants_handler = false;
  const auto failed = [&](const char* why) {
    parts_.recorder.notice(process.pid, std::string("--trap-handler: ") + why +
                                            ": without it a kill -9 of the tracing process may "
                                            "cost the program its life");
    return false;
  };
  if (kernel_.disposition(thread.tid, trap_signal) != Disposition::Fatal)
    return parts_.arming.has_trap_handler(process)
               ? false
               : failed("the program handles or ignores SIGTRAP itself");
  const auto action = parts_.arming.write_trap_handler(process, thread.tid);
  if (!action) return failed("there is no room for it");
  const RemoteCall call = kernel_.set_trap_action(*action);
  if (!kernel_.may_call(thread.tid, call, find_syscall_insn(process, thread.tid)))
    return failed("a seccomp filter forbids it");
  process.trap_action = parts_.arming.trap_action(process);  // to be kept, like a program's own
  return borrow(thread, Errand::SetTrapHandler, call, event) || failed("it can't be set");
}

/// Area pending: the site was armed in a running process, where nobody was at hand to map memory
/// for its slot. The thread that has trapped there is. Others that trap meanwhile are sent back to
/// the site, to trap again, until the slot is there. True as for scan().
bool Engine::provide_slots(Thread& thread, const StopEvent& event) {
  Process& process = *thread.process;
  // An ordinary hit pays for no more than this.
  if (!process.area_pending && !process.wants_handler) return false;
  const auto* trap = std::get_if<stop::Trap>(&event);
  if (!trap || trap->early || draining_) return false;
  const bool lacks_slot = parts_.arming.lacks_slot(process, trap->site);
  if (!lacks_slot && !process.wants_handler) return false;
  const Thread* borrower = process.find(process.borrower);
  if (borrower && std::holds_alternative<state::Borrowed>(borrower->state)) {
    if (!lacks_slot) return false;
    dispatch(thread, stop::Trap{trap->site, trap->echo, true}, kernel_.now());
    return true;
  }
  if (map_areas(thread, event)) return true;
  if (!parts_.arming.lacks_slot(process, trap->site)) return false;
  thread.deferred = event;
  if (!kernel_.siginfo(thread.tid)) return true;  // killed, and its memory is gone
  thread.deferred.reset();
  Site& site = process.sites.get(trap->site);
  if (site.plan.purpose == Purpose::Own && site.hook == Hook::None) {  // of a return: not followed
    parts_.arming.give_up(process, site, thread.tid);
    dispatch(thread, stop::Trap{trap->site, trap->echo, true}, kernel_.now());
    return true;
  }
  fail({ErrorKind::Setup,
        "no memory can be mapped in process " + std::to_string(process.pid.value) +
            " for the slot of a site (a seccomp filter, or a limit on its memory); it runs on "
            "untraced"},
       process);
  return false;
}

/// False: there is no instruction to do it with. A thread that has been killed meanwhile counts as
/// lent: nothing but its end will be heard of it.
bool Engine::borrow(Thread& thread, Errand errand, const RemoteCall& call, const StopEvent& event) {
  Process& process = *thread.process;
  const Address insn = find_syscall_insn(process, thread.tid);
  if (!insn) return false;
  thread.deferred = event;
  thread.errand = errand;
  thread.lent_in = thread.state;
  const auto regs = kernel_.registers(thread.tid);
  const auto mask = kernel_.signal_mask(thread.tid);
  if (!regs || !mask) return true;
  thread.borrowed = *regs;
  thread.held.mask = *mask;
  Registers changed = *regs;
  parts_.arch.prepare_call(changed, call, insn);
  // No signal may come between here and the call: a handler would see registers that are not the
  // program's.
  kernel_.set_signal_mask(thread.tid, kernel_.mask_for_hold());
  if (!kernel_.set_registers(thread.tid, changed)) return true;
  if (errand == Errand::MapArea) process.borrower = thread.tid;
  change_state(thread, state::Borrowed{});
  kernel_.resume(thread.tid, {Resume::How::Syscall, 0});
  return true;
}

/// The one question at a stop: is there anything that this thread has to be borrowed for?
/// Not at the program's own int3: its SIGTRAP can be delivered from the stop that it made, and only
/// from there. Given at the end of a system call it would be raised anew (ptrace_report_syscall in
/// the kernel), and be counted as another arrival.
bool Engine::goes_on_errand(Thread& thread, const StopEvent& event) {
  const auto* trap = std::get_if<stop::Trap>(&event);
  const Site* site = trap ? thread.process->sites.find(trap->site) : nullptr;
  if (site && site->plan.form == Form::OwnTrap) return false;
  if (wants_scan(thread, event) && scan(thread, event)) return true;
  return provide_slots(thread, event) || keep_trap_action(thread, event);
}

void Engine::errand_done(Thread& thread, std::int64_t result) {
  switch (thread.errand) {
    case Errand::MapArea:
      return parts_.arming.mapped(*thread.process, thread.area, result, thread.tid);
    case Errand::SetTrapHandler:
      if (result != 0)
        parts_.recorder.notice(thread.process->pid, "--trap-handler: rt_sigaction(2) failed");
      return;
    case Errand::ReadTrapAction:
      if (result == 0) note_trap_action(thread);
      return;
    case Errand::RestoreTrapAction:
      return;
  }
}

/// Of a borrowed thread. If it had trapped at a site, it is back at it, not one byte behind: should
/// we die before it goes on, there will be no SIGTRAP any more to say that it has trapped.
Registers Engine::own_registers(const Thread& thread) const {
  Registers saved = thread.borrowed;
  parts_.arch.forget_call(saved);
  const auto* trap = std::get_if<stop::Trap>(&*thread.deferred);
  const Site* site = trap ? thread.process->sites.find(trap->site) : nullptr;
  if (site && site->plan.form != Form::OwnTrap) parts_.arch.set_pc(saved, site->plan.address);
  return saved;
}

void Engine::finish_borrow(Thread& thread) {
  const auto regs = kernel_.registers(thread.tid);
  // The mask first: if we die in between, the thread must not live on with either of ours.
  kernel_.set_signal_mask(thread.tid, thread.held.mask);
  kernel_.set_registers(thread.tid, own_registers(thread));
  const std::int64_t result = regs ? parts_.arch.call_result(*regs) : -1;
  change_state(thread, thread.lent_in);
  errand_done(thread, result);
  const StopEvent event = *thread.deferred;
  if (!draining_ && goes_on_errand(thread, event)) return;
  thread.deferred.reset();
  dispatch(thread, event, thread.woke);
}

Address Engine::find_syscall_insn(Process& process, Tid by) {
  if (!process.syscall_insn) process.syscall_insn = find_syscall_insn(by);
  return process.syscall_insn;
}

Address Engine::find_syscall_insn(Tid by) {
  std::vector<Mapping> mappings = kernel_.mappings(by);
  // The vdso first: nobody puts breakpoints there.
  std::stable_partition(mappings.begin(), mappings.end(),
                        [](const Mapping& m) { return m.path == "[vdso]"; });
  for (const Mapping& m : mappings) {
    if (!m.executable || m.path == "[vsyscall]") continue;
    constexpr std::uint64_t enough = 2 << 20;
    std::vector<std::uint8_t> code(std::min(m.range.size(), enough));
    code.resize(kernel_.read(by, m.range.begin, code));
    const std::size_t at = parts_.arch.find_system_call(code);
    if (at < code.size()) return m.range.begin + at;
  }
  return {};
}

}  // namespace sidestep::core
