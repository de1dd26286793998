// What a stop means: fetches as little as the question needs, since every fetch costs a system
// call.
#include <array>

#include "core/engine.hpp"

namespace sidestep::core {
namespace {

constexpr int sigtrap = 5;

template <class State>
const State* in(const Thread& thread) {
  return std::get_if<State>(&thread.state);
}

}  // namespace

std::optional<StopEvent> Engine::decode(Thread& thread, const RawStop& raw,
                                        std::optional<Address> pc) {
  switch (raw.kind) {
    case RawStop::Kind::Signal:
      if (raw.code != sigtrap) return decode_signal(thread, raw.code);
      return pc ? decode_trap(thread, *pc) : std::nullopt;
    case RawStop::Kind::Syscall:
      return decode_syscall(thread);
    case RawStop::Kind::Group:
      return stop::Group{raw.code, draining_ && kernel_.trap_pending(raw.tid)};
    case RawStop::Kind::Nudge:
      return stop::Nudge{};
    case RawStop::Kind::Vfork:
      return stop::Vfork{};
    case RawStop::Kind::VforkDone:
      return stop::VforkDone{};
    case RawStop::Kind::Exec:
      return stop::Exec{};
    case RawStop::Kind::Exit: {
      const auto at = kernel_.pc(thread.tid);
      if (!at) return std::nullopt;
      if (thread.role == Role::Member) last_look(*thread.process, thread.tid);
      return stop::Exit{thread.process->sites.locate(*at)};
    }
    case RawStop::Kind::Clone:
    case RawStop::Kind::Other:
    default:
      return stop::Clone{};
  }
}

std::optional<StopEvent> Engine::decode_trap(Thread& thread, Address pc) {
  Process& process = *thread.process;
  Site* site = process.sites.at(pc - 1);
  const bool stepping = in<state::Stepping>(thread);
  if (site && is_programs_own(process, *site, thread.tid)) site = nullptr;
  if (site && !site->ambiguous && !stepping) return decode_arrival(thread, *site);
  const Place place = process.sites.locate(pc);
  if (auto* twin = in<state::InTwin>(thread)) {
    const Site& own = process.sites.get(twin->site);
    if (own.plan.slot + own.slot_map->twin_end() == pc)
      return stop::TwinEnd{twin->site, own.behind_twin().value_or(own.plan.next())};
  }
  const auto info = kernel_.siginfo(thread.tid);
  if (!info) return std::nullopt;
  const SignalCause cause = kernel_.cause(sigtrap, *info);
  if (site && cause.kind == SignalCause::Kind::Breakpoint) return decode_arrival(thread, *site);
  if (cause.kind == SignalCause::Kind::Breakpoint && has_moved(thread, pc - 1))
    return stop::Clone{};  // nothing else: it goes on, with the program's own instruction
  return decode_debug_trap(thread, place, cause);
}

/// A trap of ours where no site is: memory was moved with it in it (mremap).
bool Engine::has_moved(Thread& thread, Address trap) {
  Process& process = *thread.process;
  if (!in<state::Free>(thread)) return false;
  if (process.state != ProcessState::Draining) parts_.arming.rescan(process, thread.tid);
  if (!parts_.arming.take_back_moved(process, trap, thread.tid)) return false;
  const std::string text = "code with breakpoints was moved (mremap): they are not followed there";
  audit_failed(text);
  parts_.recorder.notice(process.pid, text);
  return kernel_.set_pc(thread.tid, trap);
}

StopEvent Engine::decode_arrival(Thread& thread, Site& site) {
  ++site.books.to_book().traps, ++thread.tally.traps;
  if (is_superseded(thread, site)) return stop::Trap{site.plan.id, false, true};
  const bool asks = site.near_sequences && site.plan.form != Form::OwnTrap;
  if (asks && kernel_.in_sequence(thread.tid, site.plan.address))
    return stop::Sequence{site.plan.id};
  return stop::Trap{site.plan.id, is_echo(thread, site)};
}

/// A site that was given up, and an int3 there all the same.
bool Engine::is_programs_own(const Process& process, const Site& site, Tid by) {
  std::array<std::uint8_t, 1> byte{};
  return !site.armed && process.state == ProcessState::Tracing &&
         kernel_.read(by, site.plan.address, byte) == 1 && byte[0] == parts_.arch.trap_byte();
}

/// True: the code is not what was armed any more, so the thread goes back to run what is there now.
/// In place nothing else would be run anyway.
bool Engine::is_superseded(Thread& thread, Site& site) {
  Process& process = *thread.process;
  if (process.state != ProcessState::Tracing || parts_.policy.in_place()) return false;
  if (!site.armed) return true;
  if (!site.rewritable) return false;
  if (parts_.arming.found_at(site, thread.tid) == Arming::Found::Trap) return false;
  give_up(process, site, thread.tid, "was rewritten by the program");
  return true;
}

std::optional<StopEvent> Engine::decode_debug_trap(Thread& thread, const Place& place,
                                                   SignalCause cause) {
  const bool debug = cause.kind == SignalCause::Kind::DebugTrap;
  const Disposition disposition = kernel_.disposition(thread.tid, sigtrap);
  if (!debug)
    return stop::Signal{sigtrap, cause.kind != SignalCause::Kind::Sent, disposition, place};
  const bool own = !in<state::Stepping>(thread) || kernel_.own_trap_flag(thread.tid);
  return stop::TraceTrap{place, own, disposition};
}

std::optional<StopEvent> Engine::decode_signal(Thread& thread, int signo) {
  const auto pc = kernel_.pc(thread.tid);
  if (!pc) return std::nullopt;
  const Place place = thread.process->sites.locate(*pc);
  // While an all-stop holds, a thread is kept or not by what the signal would do.
  const bool holding =
      parts_.policy.stops_others() && thread.process->state != ProcessState::Tracing;
  const bool plain = place.where == Place::Where::Program && !in<state::Stepping>(thread) &&
                     !in<state::Entering>(thread) && !thread.broken_off && !holding;
  if (plain) return stop::Signal{signo, false, Disposition::Handled, place};
  const auto info = kernel_.siginfo(thread.tid);
  if (!info) return std::nullopt;
  const bool fault = kernel_.cause(signo, *info).kind != SignalCause::Kind::Sent;
  const Disposition disposition = kernel_.disposition(thread.tid, signo);
  const bool in_call = thread.broken_off && !fault && disposition == Disposition::Handled &&
                       interrupts_call(thread, place);
  return stop::Signal{signo, fault, disposition, place, in_call};
}

/// The thread was taken out of a system call and stands before entering it again.
bool Engine::interrupts_call(Thread& thread, const Place& place) {
  auto now = kernel_.registers(thread.tid);
  if (!now) return false;
  parts_.arch.set_pc(*now, place.resume);
  return parts_.arch.alike(*now, parts_.arch.rerun(*thread.broken_off));
}

std::optional<StopEvent> Engine::decode_syscall(Thread& thread) {
  thread.broken_off.reset();
  if (!in<state::InCall>(thread)) return stop::Syscall{};
  const auto regs = kernel_.registers(thread.tid);
  if (!regs) return std::nullopt;
  const bool restarts = parts_.arch.will_restart(*regs);
  if (restarts) thread.broken_off = regs;
  return stop::Syscall{restarts};
}

/// The same arrival again: the kernel restarts a system call, or a handler has returned to an
/// instruction that was only half done. A handler may also leave by longjmp, and the program arrive
/// anew: then some register differs.
bool Engine::is_echo(Thread& thread, const Site& site) {
  if (thread.echo != site.plan.id) return false;
  auto regs = kernel_.registers(thread.tid);
  if (!regs) return false;
  parts_.arch.set_pc(*regs, site.plan.address);
  if (parts_.arch.alike(*regs, thread.echo_regs)) return true;
  // A new arrival. Deeper in the stack it may be a handler's, which is going to return to where the
  // other one is still expected; otherwise the program has gone elsewhere and come back.
  if (parts_.arch.stack(*regs) >= parts_.arch.stack(thread.echo_regs)) thread.echo = SiteId::None;
  return false;
}

}  // namespace sidestep::core
