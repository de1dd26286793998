// Which (state, event) pairs the kernel and the engine can bring about. advance() is called for all
// others too (it must not crash on a stop that comes out of turn), but only these are judged.
#pragma once

#include "fixtures.hpp"

namespace sidestep::core::test {

/// Turn and Release are the engine's own, and asked for only where they make sense.
inline bool callable(const Case& c) {
  const bool waiting = is<state::Waiting>(c.state);
  if (is<stop::Turn>(c.event)) return waiting && c.mode.policy.in_place();
  if (is<stop::Release>(c.event)) return waiting || is<state::Parked>(c.state);
  return true;
}

/// States that the mode never leads to.
inline bool state_exists(const Case& c) {
  const bool stops = c.mode.policy.stops_others(), in_place = c.mode.policy.in_place();
  if (!in_place && (c.process == ProcessState::Quiescing || c.process == ProcessState::Lifted))
    return false;
  if (is<state::Parked>(c.state)) return stops && c.process != ProcessState::Lifted;
  if (is<state::Waiting>(c.state)) return in_place;
  auto* stepping = as<state::Stepping>(c.state);
  if (stepping && stepping->where == state::Stepping::Where::InPlace)
    return in_place && c.process == ProcessState::Lifted;
  auto* entering = as<state::Entering>(c.state);
  if (entering && entering->in_place) return in_place && c.process == ProcessState::Lifted;
  return true;
}

inline const Place* place_of(const StopEvent& event) {
  if (auto* e = as<stop::Signal>(event)) return &e->place;
  if (auto* e = as<stop::TraceTrap>(event)) return &e->place;
  if (auto* e = as<stop::Exit>(event)) return &e->place;
  return nullptr;
}

/// In-place modes have slots for our own sites only.
inline bool has_slot(const Case& c, const SitePlan& site) {
  return !c.mode.policy.in_place() || site.purpose == Purpose::Own;
}

/// The instruction of a hit under way: neither a system call nor anybody else's trap can come
/// first, and behind it the step's or the twin's own trap is the first stop there is.
inline bool fits_instruction(const Case& c, const SitePlan& site) {
  auto* stepping = as<state::Stepping>(c.state);
  const bool in_place = stepping && stepping->where == state::Stepping::Where::InPlace;
  if (site.form == Form::SystemCall || site.form == Form::OwnTrap) return false;
  if (!in_place && !has_slot(c, site)) return false;
  if (!stepping && !site.twin_offset) return false;
  if (stepping && !in_place && site.finish != Finish::Step) {  // only where the user asks for it
    if (&c.mode != &single() || site.form == Form::Twin || site.purpose == Purpose::Own)
      return false;
    if (site.restartable_string || site.pushes_flags || site.finish == Finish::None) return false;
  }
  if (const Place* place = place_of(c.event); place && place->where != Place::Where::Program) {
    const auto copy = stepping ? Place::Where::Slot : Place::Where::Twin;
    if (in_place || place->where != copy) return false;
  }
  if (is<stop::TwinEnd>(c.event)) return !stepping;
  const int held = held_by(c.state);
  if (auto* e = as<stop::Signal>(c.event)) {
    if (in_place ? e->place.pc != site.address : e->place.where == Place::Where::Program)
      return false;
    if (e->fault && e->place.done()) return false;
    const bool blocked = e->signo != sigsegv && e->signo != sigstop;  // by the hold's mask
    return !(held && blocked);
  }
  if (auto* e = as<stop::TraceTrap>(c.event)) {
    const bool here = in_place ? e->place.where == Place::Where::Program : true;
    const bool caught = stepping || (e->own_flag && e->place.where == Place::Where::Twin);
    if (!site.restartable_string && !in_place && !e->place.done() &&
        e->place.progress != PcPoint::Progress::Pushed && e->place.where != Place::Where::Program)
      return false;  // one step runs the instruction whole, or up to its push
    return here && caught;
  }
  if (auto* e = as<stop::Exit>(c.event))
    return in_place ? e->place.where == Place::Where::Program
                    : e->place.where != Place::Where::Program;
  return is<stop::Group>(c.event) || is<stop::Nudge>(c.event);
}

inline bool reachable(const Case& c, std::uint32_t site_class) {
  const SitePlan site = plan_of(site_class);
  if (!callable(c) || !state_exists(c)) return false;
  if (auto* group = as<stop::Group>(c.event); group && group->trap_queued)
    return c.process == ProcessState::Draining &&
           (is<state::Free>(c.state) || is<state::Listening>(c.state));
  if (is<stop::Sequence>(c.event) && site.form == Form::OwnTrap) return false;
  const Place* place = place_of(c.event);
  const bool in_slot = place && place->where != Place::Where::Program;
  if (in_slot && !has_slot(c, site)) return false;
  if (auto* waiting = as<state::Waiting>(c.state)) {
    if (site.purpose == Purpose::Own || site.form == Form::OwnTrap) return false;
    if (!waiting->counted && site.form != Form::SystemCall) return false;
    if (in_slot) return false;
  }
  if (is<state::Waiting>(c.state) || is<state::Parked>(c.state))  // kept: only killed
    return is<stop::Turn>(c.event) || is<stop::Release>(c.event) || is<stop::Exit>(c.event);
  if (is<state::Stepping>(c.state) || is<state::InTwin>(c.state)) return fits_instruction(c, site);
  if (is<stop::TwinEnd>(c.event)) return false;
  if (auto* e = as<stop::TraceTrap>(c.event); e && !e->own_flag) return false;
  if (auto* e = as<stop::Signal>(c.event); e && e->fault && e->place.done()) return false;
  const bool in_call = is<state::Entering>(c.state) || is<state::InCall>(c.state);
  if (in_call && site.form != Form::SystemCall) return false;
  if (is<state::Exiting>(c.state) || is<state::Newborn>(c.state) || is<state::InVfork>(c.state))
    return is<stop::Nudge>(c.event) || is<stop::VforkDone>(c.event) || is<stop::Exit>(c.event);
  if (is<state::LeavingStop>(c.state))
    return c.process == ProcessState::Draining &&
           (is<stop::Trap>(c.event) || is<stop::Sequence>(c.event) || is<stop::Exit>(c.event));
  if (is<state::Listening>(c.state)) return is<stop::Nudge>(c.event) || is<stop::Group>(c.event);
  if (is<state::Borrowed>(c.state)) {  // at our system-call instruction, everything maskable masked
    auto* e = as<stop::Signal>(c.event);
    return is<stop::Syscall>(c.event) || is<stop::Group>(c.event) || is<stop::Nudge>(c.event) ||
           is<stop::Exit>(c.event) || (e && e->disposition == Disposition::Stops);
  }
  if (is<state::Free>(c.state) && in_slot && site.form == Form::SystemCall) return false;
  if (is<state::Entering>(c.state))
    return !is<stop::Trap>(c.event) && !is<stop::Sequence>(c.event) &&
           !is<stop::TraceTrap>(c.event) && !is<stop::Exec>(c.event) && !is<stop::Vfork>(c.event) &&
           !is<stop::VforkDone>(c.event) && !is<stop::Clone>(c.event);
  if (is<state::InCall>(c.state))
    return !is<stop::Trap>(c.event) && !is<stop::Sequence>(c.event) &&
           !is<stop::VforkDone>(c.event);
  return !is<stop::VforkDone>(c.event);
}

}  // namespace sidestep::core::test
