// A program's own action for SIGTRAP. The kernel forces our trap on a thread that blocks SIGTRAP by
// unblocking it and by forgetting the process's action (kernel/signal.c, force_sig_info_to_task).
// What can be known of both is put back here, right behind the trap. What can't: the action of a
// program whose first arrivals are all by such threads, or that ignores SIGTRAP (then the first
// arrival ends that). A SIGTRAP that is sent in the moment between the two finds no handler.
#include "core/engine.hpp"

namespace sidestep::core {
namespace {

constexpr int trap_signal = 5;

}  // namespace

/// Stops that the kernel forces on a thread: a hit may consist of several.
bool Engine::may_have_cost_the_action(Thread& thread, const StopEvent& event) {
  if (thread.blocks_traps)
    return std::holds_alternative<stop::Trap>(event) ||
           std::holds_alternative<stop::TwinEnd>(event) ||
           std::holds_alternative<stop::TraceTrap>(event);
  const auto* trap = std::get_if<stop::Trap>(&event);
  if (!trap || thread.deferred) return false;
  if (thread.process->sites.plan(trap->site).purpose != Purpose::Probe) return false;
  const bool is_due = thread.is_look_due();
  ++thread.looks;
  return is_due;
}

bool Engine::keep_trap_action(Thread& thread, const StopEvent& event) {
  const bool done = thread.deferred && thread.errand == Errand::RestoreTrapAction;
  if (draining_ || done || !may_have_cost_the_action(thread, event)) return false;
  const auto mask = kernel_.signal_mask(thread.tid);
  const auto before = mask ? kernel_.mask_before_trap(*mask) : std::nullopt;
  thread.blocks_traps = before.has_value();
  if (!before) return read_trap_action(thread, event);
  kernel_.set_signal_mask(thread.tid, *before);
  return restore_trap_action(thread, event);
}

/// While the program still has it. Read by the program itself, into memory that nobody uses.
bool Engine::read_trap_action(Thread& thread, const StopEvent& event) {
  Process& process = *thread.process;
  const bool first = thread.looks == 1 && !process.trap_action_read;
  if (!first || kernel_.disposition(thread.tid, trap_signal) != Disposition::Handled) return false;
  process.trap_action_read = true;
  return ask_for_trap_action(thread, Errand::ReadTrapAction, event);
}

bool Engine::restore_trap_action(Thread& thread, const StopEvent& event) {
  const std::vector<std::uint8_t>& action = thread.process->trap_action;
  if (action.empty() || kernel_.disposition(thread.tid, trap_signal) != Disposition::Fatal)
    return false;
  const auto regs = kernel_.registers(thread.tid);
  if (!regs) return false;
  if (kernel_.write(thread.tid, parts_.arch.unused_stack(*regs), action) != action.size())
    return false;
  return ask_for_trap_action(thread, Errand::RestoreTrapAction, event);
}

bool Engine::ask_for_trap_action(Thread& thread, Errand errand, const StopEvent& event) {
  const auto regs = kernel_.registers(thread.tid);
  if (!regs) return false;
  const Address place = parts_.arch.unused_stack(*regs);
  const RemoteCall call = errand == Errand::ReadTrapAction ? kernel_.get_trap_action(place)
                                                           : kernel_.set_trap_action(place);
  return kernel_.may_call(thread.tid, call, find_syscall_insn(*thread.process, thread.tid)) &&
         borrow(thread, errand, call, event);
}

/// Back from the call, with its own registers again.
void Engine::note_trap_action(Thread& thread) {
  const auto regs = kernel_.registers(thread.tid);
  if (!regs) return;
  std::vector<std::uint8_t> action(kernel_.action_bytes());
  if (kernel_.read(thread.tid, parts_.arch.unused_stack(*regs), action) == action.size())
    thread.process->trap_action = std::move(action);
}

}  // namespace sidestep::core
