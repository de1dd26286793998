// Signals: what may be delivered where, and what has to wait until the instruction is complete.
#include "core/moves.hpp"

namespace sidestep::core::moves {
namespace {

/// Keeps the signal until the instruction has run to its end.
Transition hold(const View& v, const SitePlan& site, int signo, bool in_place) {
  Transition t;
  t.effects.push_back(effect::Hold{});
  const bool by_step = in_place || site.finish == Finish::Step;
  if (by_step) {
    t.next = state::Stepping{
        site.id, in_place ? state::Stepping::Where::InPlace : state::Stepping::Where::Slot, signo};
    t.resume = {How::Step, 0};
  } else {
    if (!in<state::InTwin>(v)) t.effects.push_back(effect::SetPc{site.twin()});
    t.next = state::InTwin{site.id, signo};
    t.resume = {How::Cont, 0};
  }
  return t;
}

/// Nothing could catch the thread behind the instruction: the handler runs now, at the site, and
/// the same arrival goes on when it has returned.
Transition signal_first(const View& v, const SitePlan& site, int signo) {
  Transition t = become_free(v, signo);
  t.effects.push_back(effect::SetPc{site.address});
  t.effects.push_back(effect::ExpectEcho{site.id});
  return t;
}

Transition signal_in_place(const View& v, const stop::Signal& e) {
  const SitePlan& site = v.sites.plan(site_of(v));
  if (e.place.pc != site.address)
    return stay(v, e.signo);  // behind it: the step's own trap follows
  const int held = held_signal(v.state);
  if (!e.fault && e.disposition == Disposition::Ignored) return stay(v, e.signo);
  if (!e.fault && held) {
    Transition t = second_signal(v, e.place, e.signo);
    end_turn(t, site.id);
    return t;
  }
  if (!e.fault && e.disposition == Disposition::Handled) return hold(v, site, e.signo, true);
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
  if (e.in_call)
    t.effects.push_back(effect::ReturnFromCall{});
  else
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
    if (held_signal(v.state) && !e.fault) t.effects.push_back(effect::Requeue{e.signo});
    if (!busy) t.effects.push_back(effect::SetPc{place.resume});
    if (e.fault) t.effects.push_back(effect::TranslateFault{place.pc, place.resume});
    return t;
  }
  if (e.fault)
    return held_signal(v.state) ? fault_under_hold(v, place) : roll_back(v, place, e.signo, true);
  if (e.disposition == Disposition::Fatal) return roll_back(v, place, e.signo, false);
  if (e.disposition == Disposition::Handled) {
    const SitePlan& site = v.sites.plan(place.site);
    if (site.finish == Finish::None) return signal_first(v, site, e.signo);
    return held_signal(v.state) ? second_signal(v, place, e.signo) : hold(v, site, e.signo, false);
  }
  return stay(v, e.signo);
}

}  // namespace

Transition on_signal(const View& v, const stop::Signal& e) {
  if (in<state::LeavingStop>(v)) {  // not the trap that was looked for: delivered once it goes on
    Transition t = become_free(v, e.signo);
    t.resume.how = How::Detach;
    return t;
  }
  if (is_in_place(v)) return signal_in_place(v, e);
  if (auto* entering = in<state::Entering>(v)) return signal_before_call(v, *entering, e);
  if (e.place.where != Place::Where::Program) return signal_in_slot(v, e);
  if (in<state::Stepping>(v) || in<state::InTwin>(v)) return become_free(v, e.signo);
  if (in<state::InCall>(v)) return become_free(v, e.signo);
  Transition t = stay(v, e.signo);
  if (e.in_call) t.effects.push_back(effect::ReturnFromCall{});
  return t;
}

}  // namespace sidestep::core::moves
