#include "core/advance.hpp"

#include <cassert>

#include "core/moves.hpp"

namespace sidestep::core {
namespace {

using namespace moves;  // NOLINT: internal building blocks

// --- traps ---------------------------------------------------------------------------------------

Transition rewind(const View& v, const SitePlan& site) {
  const bool programs_own = site.form == Form::OwnTrap;  // it would only trap again
  Transition t = become_free(v, programs_own ? sigtrap : 0);
  if (!programs_own) t.effects.push_back(effect::SetPc{site.address});
  if (in<state::LeavingStop>(v)) t.resume.how = How::Detach;
  t.verdict = Verdict::Rewound;
  t.site = site.id;
  return t;
}

Verdict arrival(bool filtered) {
  return filtered ? Verdict::Filtered : Verdict::Hit;
}

Transition on(const View& v, const stop::Trap& e) {
  const SitePlan& site = v.sites.plan(e.site);
  if (v.leaving || v.process == ProcessState::Draining || e.early) return rewind(v, site);
  const Policy& policy = site.purpose == Purpose::Probe ? v.policy : v.own_sites;
  Transition t = policy.pass(site, v);
  const bool counts = v.role == Role::Member && site.purpose == Purpose::Probe && !e.echo;
  t.site = site.id;
  t.verdict = counts ? arrival(e.filtered) : Verdict::Passed;
  if (e.echo) t.effects.push_back(effect::ExpectEcho{SiteId::None});
  const bool later =
      site.form == Form::SystemCall && t.verdict == Verdict::Hit;  // booked at the entry stop
  if (later) t.verdict = Verdict::None;
  if (auto* entering = std::get_if<state::Entering>(&t.next)) entering->counted = !later;
  if (auto* waiting = std::get_if<state::Waiting>(&t.next)) waiting->counted = !later;
  return t;
}

/// Back to the site: on the way there the kernel finds the thread inside its sequence and sends it
/// to the abort handler. From a slot, outside of the sequence, it would drop the sequence and say
/// nothing.
Transition on(const View& v, const stop::Sequence& e) {
  const SitePlan& site = v.sites.plan(e.site);
  Transition t = rewind(v, site);
  if (site.form == Form::OwnTrap || v.leaving || v.process == ProcessState::Draining) return t;
  const bool counts = v.role == Role::Member && site.purpose == Purpose::Probe;
  t.verdict = counts ? arrival(e.filtered) : Verdict::Passed;
  t.undone = t.verdict != Verdict::Filtered;
  return t;
}

Transition on(const View& v, const stop::TwinEnd& e) {
  if (!in<state::InTwin>(v)) return stay(v);
  return complete(v, e.resume);
}

/// The program's own trap flag: it gets its SIGTRAP once, behind the whole instruction.
Transition own_trap_flag(const View& v, const Place& place) {
  if (place.where == Place::Where::Program) return stay(v, sigtrap);
  if (place.progress == PcPoint::Progress::Pushed) return stay(v);  // a call's first half
  const bool caught = in<state::InTwin>(v) && place.done();
  Transition t = caught ? complete(v, place.resume, sigtrap) : become_free(v, sigtrap);
  if (!caught) t.effects.push_back(effect::SetPc{place.resume});
  t.effects.push_back(effect::TranslateFault{place.pc, place.resume});
  if (const int held = held_signal(v.state); held && !caught) {
    // Only one signal can be delivered here; the flag stays set and traps again behind the handler.
    t.resume.signal = held;
    t.effects.push_back(effect::Unhold{});
  }
  // Between two iterations of a string instruction: after the handler the same arrival goes on.
  if (!place.done()) t.effects.push_back(effect::ExpectEcho{place.site});
  return t;
}

Transition on(const View& v, const stop::TraceTrap& e) {
  const bool deliver = e.own_flag;
  if (is_in_place(v)) {
    const SitePlan& site = v.sites.plan(site_of(v));
    const bool between_iterations = site.restartable_string && e.place.pc == site.address;
    if (between_iterations && !deliver) return stay(v);
    // The flag that popf itself has just set traps behind the next instruction, not here.
    const bool just_set = site.form == Form::Twin && site.fixup == Fixup::None;
    return complete_in_place(v, deliver && !just_set ? sigtrap : 0);
  }
  if (auto* stepping = in<state::Stepping>(v)) {
    const bool behind = e.place.where == Place::Where::Program || e.place.done();
    if (!behind) {  // a call's push: one more step
      Transition t = stay(v);
      t.next = *stepping;
      return t;
    }
    return complete(v, e.place.resume, deliver ? sigtrap : 0);
  }
  return own_trap_flag(v, e.place);
}

// --- system calls --------------------------------------------------------------------------------

Transition enter_call(const View& v, const state::Entering& entering) {
  Transition t;
  t.next = state::InCall{entering.site};
  t.resume = {How::Syscall, 0};
  if (!entering.in_place) t.effects.push_back(effect::LeaveSlotAtSyscall{entering.site});
  if (entering.in_place) end_turn(t, entering.site);
  if (!entering.counted) {
    t.verdict = Verdict::Hit;
    t.site = entering.site;
  }
  (void)v;
  return t;
}

Transition on(const View& v, const stop::Syscall& e) {
  if (auto* entering = in<state::Entering>(v)) return enter_call(v, *entering);
  if (auto* call = in<state::InCall>(v)) {
    Transition t = become_free(v);
    if (e.restarts) t.effects.push_back(effect::ExpectEcho{call->site});
    return t;
  }
  if (auto* borrowed = in<state::Borrowed>(v)) {
    if (!borrowed->entered) {
      Transition t = stay(v);
      t.next = state::Borrowed{true};
      return t;
    }
    Transition t = become_free(v);
    t.resume = {How::Stay, 0};
    t.effects.push_back(effect::FinishBorrow{});
    return t;
  }
  return stay(v);
}

Transition on(const View& v, const stop::Signal& e) {
  return on_signal(v, e);
}

// --- other stops ---------------------------------------------------------------------------------

/// Something of ours is under way, which has to end before the thread can be left.
bool is_busy(const View& v) {
  return in<state::Stepping>(v) || in<state::InTwin>(v) || in<state::Entering>(v) ||
         in<state::Borrowed>(v);
}

Transition on(const View& v, const stop::Group& e) {
  Transition t = stay(v);
  if (v.leaving && is_busy(v)) return t;  // out of the stop, to the end of that: see leave()
  // All others are kept stopped by us until this turn is over: without them the process would never
  // be stopped as a whole, and its parent never told. One instruction more, and it stops again.
  auto* entering = in<state::Entering>(v);
  if (is_in_place(v) || (entering && entering->in_place)) return t;
  if (e.trap_queued && (in<state::Free>(v) || in<state::Listening>(v))) {
    t.next = state::LeavingStop{};
    t.resume = {How::Cont, 0};
    return t;
  }
  if (in<state::Free>(v) || in<state::Newborn>(v) || in<state::InCall>(v))
    t.next = state::Listening{};
  t.resume = {How::Listen, 0};
  return t;
}

Transition on(const View& v, const stop::Nudge&) {
  if (in<state::Newborn>(v) || in<state::Listening>(v)) return become_free(v);
  return stay(v);
}

Transition on(const View& v, const stop::Clone&) {
  return stay(v);
}

Transition on(const View& v, const stop::Vfork&) {
  Transition t = stay(v);
  t.next = state::InVfork{site_of(v)};
  return t;
}

Transition on(const View& v, const stop::VforkDone&) {
  auto* waiting = in<state::InVfork>(v);
  if (!waiting || waiting->in_call == SiteId::None) return become_free(v);
  Transition t;
  t.next = state::InCall{waiting->in_call};
  t.resume = {How::Syscall, 0};
  return t;
}

Transition on(const View& v, const stop::Exec&) {
  Transition t = become_free(v);
  if (v.role == Role::Guest) t.resume = {How::Detach, 0};
  return t;
}

Transition on(const View& v, const stop::Exit& e) {
  Transition t;
  t.next = state::Exiting{};
  t.resume = {How::Cont, 0};
  const bool in_slot = e.place.where != Place::Where::Program && !e.place.done();
  if (in_slot || is_in_place(v)) {
    t.undone = true;
    t.site = in_slot ? e.place.site : site_of(v);
  }
  auto* entering = in<state::Entering>(v);
  if (entering && !entering->counted) {
    t.undone = false;
    t.verdict = Verdict::Rewound;
    t.site = entering->site;
  }
  if (is_in_place(v) || (entering && entering->in_place)) end_turn(t, site_of(v));
  auto* waiting = in<state::Waiting>(v);
  if (waiting && !waiting->counted) {
    t.verdict = Verdict::Rewound;
    t.site = waiting->site;
  }
  return t;
}

Transition on(const View& v, const stop::Turn&) {
  auto* waiting = in<state::Waiting>(v);
  assert(waiting);
  return v.policy.turn(v.sites.plan(waiting->site), waiting->counted);
}

/// In-place modes: everybody goes on. A Waiting one does so when tracing ends: its trap is lifted
/// for good, the original instruction runs at its own place.
Transition on(const View& v, const stop::Release&) {
  if (auto* parked = in<state::Parked>(v)) {
    Transition t;
    t.resume = parked->resume;
    t.next = state::Free{};
    if (parked->in_call != SiteId::None) t.next = state::InCall{parked->in_call};
    return t;
  }
  auto* waiting = in<state::Waiting>(v);
  assert(waiting);
  const SitePlan& site = v.sites.plan(waiting->site);
  Transition t = become_free(v);
  t.effects.push_back(effect::SetPc{site.address});
  if (!waiting->counted) {
    t.verdict = Verdict::Rewound;
    t.site = site.id;
  }
  return t;
}

/// While an all-stop holds, whoever would run the program again is kept instead.
void park(const View& v, Transition& t) {
  const ProcessState process = t.process.value_or(v.process);
  const bool holding = v.policy.stops_others() &&
                       (process == ProcessState::Quiescing || process == ProcessState::Lifted);
  const auto* call = std::get_if<state::InCall>(&t.next);
  if (!holding || (!call && !std::holds_alternative<state::Free>(t.next))) return;
  if (t.resume.how == How::Stay || t.resume.how == How::Detach) return;
  t.next = state::Parked{t.resume, call ? call->site : SiteId::None};
  t.resume = {How::Stay, 0};
}

/// Leaving a process that is stopped: whoever has nothing of ours left is detached, and stopped
/// again by the kernel with its group. Resumed, it would run.
void leave(const View& v, Transition& t) {
  const bool would_run = std::holds_alternative<state::Free>(t.next) &&
                         (t.resume.how == How::Cont || t.resume.how == How::Syscall);
  if (v.leaving && v.group_stopped && would_run) t.resume.how = How::Detach;
}

}  // namespace

Transition advance(const View& view, const StopEvent& event) {
  Transition t = std::visit([&](const auto& e) { return on(view, e); }, event);
  // A stop signal is never kept: delivered after the SIGCONT that answers it, it would stop the
  // process for good. Delivered now, it leads to a group-stop, which holds the thread as well.
  const auto* signal = std::get_if<stop::Signal>(&event);
  const bool stops = signal && signal->disposition == Disposition::Stops;
  if (!std::holds_alternative<stop::Release>(event) && !stops) park(view, t);
  leave(view, t);
  return t;
}

std::optional<Address> shortcut(const View& v, const SitePlan& site) {
  const bool is_usual = in<state::Free>(v) && v.role == Role::Member &&
                        v.process == ProcessState::Tracing && !v.start_up && !v.leaving &&
                        site.purpose == Purpose::Probe;
  return is_usual ? v.policy.shortcut(site) : std::nullopt;
}

}  // namespace sidestep::core
