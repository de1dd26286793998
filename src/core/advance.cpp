#include "core/advance.hpp"

#include <cassert>

namespace sidestep::core {
namespace {

using How = Resume::How;

constexpr int sigtrap = 5;

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

template <class State>
const State* in(const View& v) {
  return std::get_if<State>(&v.state);
}

/// A thread that is simply let go. During start-up every system call stops, so that libraries are
/// seen as they are mapped.
Resume go(const View& v, int signal = 0) {
  return {v.start_up ? How::Syscall : How::Cont, signal};
}

/// How the thread's state wants it resumed when a stop is of no concern to what it is doing.
Resume carry_on(const View& v, int signal = 0) {
  return std::visit(
      overloaded{
          [&](const state::Stepping&) { return Resume{How::Step, signal}; },
          [&](const state::InTwin&) { return Resume{How::Cont, signal}; },
          [&](const state::Entering&) { return Resume{How::Syscall, signal}; },
          [&](const state::InCall&) { return Resume{How::Syscall, signal}; },
          [&](const state::Borrowed&) { return Resume{How::Syscall, signal}; },
          [&](const auto&) { return go(v, signal); },
      },
      v.state);
}

/// Same state, resumed as it wants.
Transition stay(const View& v, int signal = 0) {
  Transition t;
  t.next = v.state;
  t.resume = carry_on(v, signal);
  return t;
}

Transition become_free(const View& v, int signal = 0) {
  Transition t;
  t.next = state::Free{};
  t.resume = go(v, signal);
  return t;
}

int held_signal(const ThreadState& s) {
  if (auto* stepping = std::get_if<state::Stepping>(&s)) return stepping->held;
  if (auto* twin = std::get_if<state::InTwin>(&s)) return twin->held;
  return 0;
}

/// Ends an in-place turn: the trap goes back, the others get theirs.
void end_turn(Transition& t, SiteId site) {
  t.effects.push_back(effect::Arm{site});
  t.process = ProcessState::Quiescing;
}

bool is_in_place(const View& v) {
  auto* stepping = in<state::Stepping>(v);
  return stepping && stepping->where == state::Stepping::Where::InPlace;
}

SiteId site_of(const View& v) {
  if (auto* s = in<state::Stepping>(v)) return s->site;
  if (auto* s = in<state::InTwin>(v)) return s->site;
  if (auto* s = in<state::Entering>(v)) return s->site;
  if (auto* s = in<state::InCall>(v)) return s->site;
  return SiteId::None;
}

// --- the instruction is complete -----------------------------------------------------------------

/// The thread was caught behind its instruction: repair, deliver what was held, go on at `resume`.
/// `signal` is delivered if nothing was held.
Transition complete(const View& v, Address resume, int signal = 0) {
  const SiteId site = site_of(v);
  const int held = held_signal(v.state);
  Transition t = become_free(v, held ? held : signal);
  if (v.sites.plan(site).fixup != Fixup::None) t.effects.push_back(effect::FixUp{site});
  t.effects.push_back(effect::SetPc{resume});
  if (held) t.effects.push_back(effect::Unhold{});
  return t;
}

Transition complete_in_place(const View& v, int signal) {
  const SitePlan& site = v.sites.plan(site_of(v));
  const int held = held_signal(v.state);
  Transition t = become_free(v, held ? held : signal);
  if (site.pushes_flags && !signal) t.effects.push_back(effect::ClearPushedFlag{});
  if (held) t.effects.push_back(effect::Unhold{});
  end_turn(t, site.id);
  return t;
}

// --- the instruction is not going to complete ----------------------------------------------------

/// Back to the original PC with nothing done; `signal` is delivered there.
Transition roll_back(const View& v, const Place& place, int signal, bool translate) {
  Transition t = become_free(v, signal);
  if (place.progress == PcPoint::Progress::Pushed) t.effects.push_back(effect::UndoPush{});
  t.effects.push_back(effect::SetPc{place.resume});
  if (translate) t.effects.push_back(effect::TranslateFault{place.pc, place.resume});
  t.undone = true;
  t.site = place.site;
  return t;
}

/// A fault of the instruction while a signal was held: the held one goes first; the fault will come
/// again when the program gets back to the instruction.
Transition fault_under_hold(const View& v, const Place& place) {
  Transition t = roll_back(v, place, held_signal(v.state), false);
  t.effects.push_back(effect::Unhold{});
  return t;
}

// --- traps ---------------------------------------------------------------------------------------

Transition rewind(const View& v, const SitePlan& site) {
  Transition t = become_free(v);
  t.effects.push_back(effect::SetPc{site.address});
  t.verdict = Verdict::Rewound;
  t.site = site.id;
  return t;
}

Transition on(const View& v, const stop::Trap& e) {
  const SitePlan& site = v.sites.plan(e.site);
  if (v.process == ProcessState::Draining) return rewind(v, site);
  const Policy& policy = site.purpose == Purpose::Probe ? v.policy : v.own_sites;
  Transition t = policy.pass(site, v);
  const bool counts = v.role == Role::Member && site.purpose == Purpose::Probe && !e.echo;
  t.site = site.id;
  t.verdict = counts ? Verdict::Hit : Verdict::Passed;
  if (e.echo) t.effects.push_back(effect::ExpectEcho{SiteId::None});
  const bool later = site.form == Form::SystemCall && counts;  // the hit is booked at the entry stop
  if (later) t.verdict = Verdict::None;
  if (auto* entering = std::get_if<state::Entering>(&t.next)) entering->counted = !later;
  if (auto* waiting = std::get_if<state::Waiting>(&t.next)) waiting->counted = !later;
  return t;
}

Transition on(const View& v, const stop::TwinEnd& e) {
  const SitePlan& site = v.sites.plan(e.site);
  if (!in<state::InTwin>(v)) return stay(v);
  return complete(v, site.next);
}

Transition on(const View& v, const stop::TraceTrap& e) {
  const bool deliver = e.own_flag;
  if (is_in_place(v)) return complete_in_place(v, deliver ? sigtrap : 0);
  if (auto* stepping = in<state::Stepping>(v)) {
    const bool behind = e.place.where == Place::Where::Program || e.place.done();
    if (!behind) {  // a call's push: one more step
      Transition t = stay(v);
      t.next = *stepping;
      return t;
    }
    return complete(v, e.place.resume, deliver ? sigtrap : 0);
  }
  // The program's own trap flag. In a slot's start it stands on a string instruction between two
  // iterations: the same arrival goes on after the handler.
  Transition t = become_free(v, sigtrap);
  if (e.place.where == Place::Where::Program) {
    t = stay(v, sigtrap);
    return t;
  }
  const int held = held_signal(v.state);
  t.effects.push_back(effect::SetPc{e.place.resume});
  t.effects.push_back(effect::TranslateFault{e.place.pc, e.place.resume});
  if (held) {
    t.resume.signal = held;
    t.effects.push_back(effect::Unhold{});
  }
  if (!e.place.done()) t.effects.push_back(effect::ExpectEcho{e.place.site});
  return t;
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

// --- signals -------------------------------------------------------------------------------------

/// Keeps the signal until the instruction has run to its end.
Transition hold(const View& v, const SitePlan& site, int signo, bool in_place) {
  Transition t;
  t.effects.push_back(effect::Hold{});
  const bool by_step = in_place || site.finish == Finish::Step;
  if (by_step) {
    t.next = state::Stepping{site.id,
                             in_place ? state::Stepping::Where::InPlace : state::Stepping::Where::Slot,
                             signo};
    t.resume = {How::Step, 0};
  } else {
    if (!in<state::InTwin>(v)) t.effects.push_back(effect::SetPc{site.twin});
    t.next = state::InTwin{site.id, signo};
    t.resume = {How::Cont, 0};
  }
  return t;
}

Transition signal_in_place(const View& v, const stop::Signal& e) {
  const SitePlan& site = v.sites.plan(site_of(v));
  if (e.place.pc != site.address) return stay(v, e.signo);  // behind it: the step's own trap follows
  if (!e.fault && e.disposition == Disposition::Handled) return hold(v, site, e.signo, true);
  if (!e.fault && e.disposition == Disposition::Ignored) return stay(v, e.signo);
  const int held = held_signal(v.state);
  Transition t = become_free(v, held ? held : e.signo);
  if (held) t.effects.push_back(effect::Unhold{});
  if (e.disposition == Disposition::Stops && !e.fault) {
    t.effects.push_back(effect::ExpectEcho{site.id});  // it will trap again: the same arrival
  } else {
    t.undone = true;
    t.site = site.id;
  }
  end_turn(t, site.id);
  return t;
}

Transition signal_before_call(const View& v, const state::Entering& entering,
                              const stop::Signal& e) {
  if (!e.fault && (e.disposition == Disposition::Stops || e.disposition == Disposition::Ignored))
    return stay(v, e.signo);
  const SitePlan& site = v.sites.plan(entering.site);
  Transition t = become_free(v, e.signo);
  t.effects.push_back(effect::SetPc{site.address});
  if (entering.counted) {
    t.effects.push_back(effect::ExpectEcho{site.id});
  } else {
    t.verdict = Verdict::Rewound;
    t.site = site.id;
  }
  if (entering.in_place) end_turn(t, site.id);
  return t;
}

Transition signal_in_slot(const View& v, const stop::Signal& e) {
  const Place& place = e.place;
  if (place.done()) {
    const bool busy = in<state::InTwin>(v) || in<state::Stepping>(v);
    Transition t = busy ? complete(v, place.resume, e.signo) : become_free(v, e.signo);
    if (!busy) t.effects.push_back(effect::SetPc{place.resume});
    if (e.fault) t.effects.push_back(effect::TranslateFault{place.pc, place.resume});
    return t;
  }
  if (e.fault)
    return held_signal(v.state) ? fault_under_hold(v, place)
                                : roll_back(v, place, e.signo, true);
  if (e.disposition == Disposition::Fatal) return roll_back(v, place, e.signo, false);
  if (e.disposition == Disposition::Handled && !held_signal(v.state))
    return hold(v, v.sites.plan(place.site), e.signo, false);
  return stay(v, e.signo);
}

Transition on(const View& v, const stop::Signal& e) {
  if (is_in_place(v)) return signal_in_place(v, e);
  if (auto* entering = in<state::Entering>(v)) return signal_before_call(v, *entering, e);
  if (e.place.where != Place::Where::Program) return signal_in_slot(v, e);
  if (in<state::Stepping>(v) || in<state::InTwin>(v)) return become_free(v, e.signo);
  if (in<state::InCall>(v)) return become_free(v, e.signo);
  return stay(v, e.signo);
}

// --- other stops ---------------------------------------------------------------------------------

Transition on(const View& v, const stop::Group&) {
  Transition t = stay(v);
  if (in<state::Free>(v) || in<state::Newborn>(v) || in<state::InCall>(v))
    t.next = state::Listening{};
  t.resume = {How::Listen, 0};
  return t;
}

Transition on(const View& v, const stop::Nudge&) {
  if (in<state::Newborn>(v) || in<state::Listening>(v)) return become_free(v);
  return stay(v);
}

Transition on(const View& v, const stop::Clone&) { return stay(v); }

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
  const bool holding = v.policy.stops_others() && (process == ProcessState::Quiescing ||
                                                   process == ProcessState::Lifted);
  const auto* call = std::get_if<state::InCall>(&t.next);
  if (!holding || (!call && !std::holds_alternative<state::Free>(t.next))) return;
  if (t.resume.how == How::Stay || t.resume.how == How::Detach) return;
  t.next = state::Parked{t.resume, call ? call->site : SiteId::None};
  t.resume = {How::Stay, 0};
}

}  // namespace

Transition advance(const View& view, const StopEvent& event) {
  Transition t = std::visit([&](const auto& e) { return on(view, e); }, event);
  if (!std::holds_alternative<stop::Release>(event)) park(view, t);
  return t;
}

}  // namespace sidestep::core
