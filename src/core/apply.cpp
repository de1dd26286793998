// Effects: the values that transitions hold, turned into calls.
#include <array>

#include "core/engine.hpp"
#include "core/fix_up.hpp"
#include "core/instruction_of.hpp"

namespace sidestep::core {
namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

}  // namespace

void Engine::apply(Thread& thread, const Effect& effect) {
  Process& process = *thread.process;
  const Tid tid = thread.tid;
  std::visit(overloaded{
                 [&](const effect::SetPc& e) { kernel_.set_pc(tid, e.pc); },
                 [&](const effect::LeaveSlotAtSyscall& e) {
                   edit_registers(thread, [&](Registers& regs) {
                     parts_.arch.leave_slot_at_syscall(
                         regs, instruction_of(parts_.arch, process.sites.get(e.site)));
                   });
                 },
                 [&](const effect::ReturnFromCall&) {
                   if (thread.broken_off) kernel_.set_registers(tid, *thread.broken_off);
                 },
                 [&](const effect::UndoPush&) {
                   edit_registers(thread, [&](Registers& regs) { parts_.arch.undo_push(regs); });
                 },
                 [&](const effect::TranslateFault& e) {
                   auto info = kernel_.siginfo(tid);
                   if (!info) return;
                   kernel_.translate_fault(*info, e.from, e.to);
                   kernel_.set_siginfo(tid, *info);
                 },
                 [&](const effect::Hold&) {
                   if (auto info = kernel_.siginfo(tid)) thread.held.info = *info;
                   if (auto mask = kernel_.signal_mask(tid)) thread.held.mask = *mask;
                   kernel_.set_signal_mask(tid, kernel_.mask_for_hold());
                 },
                 [&](const effect::Unhold&) {
                   thread.second = kernel_.siginfo(tid);
                   kernel_.set_siginfo(tid, thread.held.info);
                   kernel_.set_signal_mask(tid, thread.held.mask);
                 },
                 [&](const effect::Requeue& e) {
                   if (thread.second) kernel_.queue_signal(tid, e.signo, *thread.second);
                   thread.second.reset();
                 },
                 [&](const effect::FixUp& e) {
                   fix_up(kernel_, parts_.arch, tid, process.sites.get(e.site));
                 },
                 [&](const effect::ClearPushedFlag&) {
                   const auto regs = kernel_.registers(tid);
                   std::array<std::uint8_t, 2> flags{};
                   if (!regs || kernel_.read(tid, parts_.arch.stack(*regs), flags) != 2) return;
                   flags[0] &= static_cast<std::uint8_t>(~parts_.arch.trap_flag());
                   flags[1] &= static_cast<std::uint8_t>(~(parts_.arch.trap_flag() >> 8));
                   kernel_.write(tid, parts_.arch.stack(*regs), flags);
                 },
                 [&](const effect::Disarm& e) {
                   const Site& site = process.sites.get(e.site);
                   const bool gone =
                       site.rewritable && parts_.arming.found_at(site, tid) == Arming::Found::Other;
                   if (!gone) write_byte(process, site, site.original(), tid);
                 },
                 [&](const effect::Arm& e) {
                   const Site& site = process.sites.get(e.site);
                   std::array<std::uint8_t, 1> byte{site.original()};
                   if (site.rewritable) kernel_.read(tid, site.plan.address, byte);
                   if (site.armed && byte[0] == site.original())
                     write_byte(process, site, parts_.arch.trap_byte(), tid);
                 },
                 [&](const effect::InterruptOthers&) { interrupt_others(thread); },
                 [&](const effect::ExpectEcho& e) { expect_echo(thread, e.site); },
                 [&](const effect::FinishBorrow&) {},  // dispatch() goes on with finish_borrow()
             },
             effect);
}

void Engine::edit_registers(Thread& thread, const std::function<void(Registers&)>& edit) {
  auto regs = kernel_.registers(thread.tid);
  if (!regs) return;
  edit(*regs);
  kernel_.set_registers(thread.tid, *regs);
}

/// Remembers the registers with which the same arrival will show at the site again.
void Engine::expect_echo(Thread& thread, SiteId site) {
  thread.echo = site;
  if (site == SiteId::None) return;
  const auto regs = kernel_.registers(thread.tid);
  if (!regs) return;
  if (thread.broken_off && parts_.arch.alike(*regs, *thread.broken_off)) {
    thread.echo_regs = parts_.arch.rerun(*regs);
  } else {
    thread.echo_regs = *regs;
    parts_.arch.set_pc(thread.echo_regs, thread.process->sites.plan(site).address);
  }
}

void Engine::write_byte(Process& process, const Site& site, std::uint8_t byte, Tid by) {
  const std::array<std::uint8_t, 1> one{byte};
  if (kernel_.write(by, site.plan.address, one) == 1) return;
  kernel_.write(process.living(), site.plan.address, one);
}

// --- all-stop ------------------------------------------------------------------------------------

void Engine::interrupt_others(Thread& thread) {
  for (auto& [tid, other] : thread.process->threads)
    if (other.get() != &thread && runs(other->state) &&
        !std::holds_alternative<state::Newborn>(other->state))
      kernel_.interrupt(tid);
}

/// A stop that we asked for, of a thread that had nothing to report. What it was doing shows as an
/// event-stop, or, if a call from a site was broken off, as the call's exit.
void Engine::note_interrupted(Thread& thread, const StopEvent& event) {
  if (!parts_.policy.stops_others() || thread.process->state == ProcessState::Tracing) return;
  const auto* exit = std::get_if<stop::Syscall>(&event);
  const bool in_call = std::holds_alternative<state::InCall>(thread.state);
  const bool nudged = std::holds_alternative<stop::Nudge>(event) &&
                      (in_call || std::holds_alternative<state::Free>(thread.state));
  const bool broken_off = exit && exit->restarts && in_call;
  if (!nudged && !broken_off) return;
  ++account_.bystander_stops;
  if (nudged && options_.eintr_repair) repair_interrupted(thread);
}

/// Our own stop broke a system call off. If the program would see EINTR: let it run again instead
/// (engine.md, PTRACE_INTERRUPT). Either way the registers are kept: should a handler run before
/// the call has been entered again, the program has to see it interrupted, or its wake-up is lost.
void Engine::repair_interrupted(Thread& thread) {
  const auto returned = kernel_.registers(thread.tid);
  if (!returned) return;
  Registers again = *returned;
  const bool hidden = parts_.arch.restart_interrupted_call(again);
  if (hidden) kernel_.set_registers(thread.tid, again);
  // Otherwise what is kept stays: this may be a stop on the way back into the call, even behind the
  // trap at its site. An old one does no harm, as it is compared with all registers when it is
  // used.
  if (hidden || parts_.arch.will_restart(*returned)) thread.broken_off = *returned;
}

}  // namespace sidestep::core
