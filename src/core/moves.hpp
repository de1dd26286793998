// Building blocks of transitions, shared by the parts of advance(). Internal to it; pure.
#pragma once

#include "core/policy.hpp"
#include "core/stop.hpp"
#include "core/transition.hpp"

namespace sidestep::core::moves {

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
inline Resume go(const View& v, int signal = 0) {
  return {v.start_up ? How::Syscall : How::Cont, signal};
}

/// How the thread's state wants it resumed when a stop is of no concern to what it is doing.
inline Resume carry_on(const View& v, int signal = 0) {
  return std::visit(overloaded{
                        [&](const state::Stepping&) {
                          return Resume{How::Step, signal};
                        },
                        [&](const state::InTwin&) {
                          return Resume{How::Cont, signal};
                        },
                        [&](const state::Entering&) {
                          return Resume{How::Syscall, signal};
                        },
                        [&](const state::InCall&) {
                          return Resume{How::Syscall, signal};
                        },
                        [&](const state::Borrowed&) {
                          return Resume{How::Syscall, signal};
                        },
                        [&](const auto&) { return go(v, signal); },
                    },
                    v.state);
}

/// Same state, resumed as it wants.
inline Transition stay(const View& v, int signal = 0) {
  Transition t;
  t.next = v.state;
  t.resume = carry_on(v, signal);
  return t;
}

inline Transition become_free(const View& v, int signal = 0) {
  Transition t;
  t.next = state::Free{};
  t.resume = go(v, signal);
  return t;
}

inline int held_signal(const ThreadState& s) {
  if (auto* stepping = std::get_if<state::Stepping>(&s)) return stepping->held;
  if (auto* twin = std::get_if<state::InTwin>(&s)) return twin->held;
  return 0;
}

/// Ends an in-place turn: the trap goes back, the others get theirs.
inline void end_turn(Transition& t, SiteId site) {
  t.effects.push_back(effect::Arm{site});
  t.process = ProcessState::Quiescing;
}

inline bool is_in_place(const View& v) {
  auto* stepping = in<state::Stepping>(v);
  return stepping && stepping->where == state::Stepping::Where::InPlace;
}

inline SiteId site_of(const View& v) {
  if (auto* s = in<state::Stepping>(v)) return s->site;
  if (auto* s = in<state::InTwin>(v)) return s->site;
  if (auto* s = in<state::Entering>(v)) return s->site;
  if (auto* s = in<state::InCall>(v)) return s->site;
  return SiteId::None;
}

// --- the instruction is complete -----------------------------------------------------------------

/// The thread was caught behind its instruction: repair, deliver what was held, go on at `resume`.
/// `signal` is delivered if nothing was held.
inline Transition complete(const View& v, Address resume, int signal = 0) {
  const SiteId site = site_of(v);
  const int held = held_signal(v.state);
  Transition t = become_free(v, held ? held : signal);
  if (v.sites.plan(site).fixup != Fixup::None) t.effects.push_back(effect::FixUp{site});
  t.effects.push_back(effect::SetPc{resume});
  if (held) t.effects.push_back(effect::Unhold{});
  return t;
}

inline Transition complete_in_place(const View& v, int signal) {
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
inline Transition roll_back(const View& v, const Place& place, int signal, bool translate) {
  Transition t = become_free(v, signal);
  if (place.progress == PcPoint::Progress::Pushed) t.effects.push_back(effect::UndoPush{});
  t.effects.push_back(effect::SetPc{place.resume});
  if (translate) t.effects.push_back(effect::TranslateFault{place.pc, place.resume});
  t.undone = true;
  t.site = place.site;
  return t;
}

/// A second signal that can't be kept either (SIGSEGV and its kin, sent by somebody, are not
/// blocked by a hold). The held one is delivered now, with the PC back at the site, where the same
/// arrival goes on after the handler; this one is sent again and comes right behind it.
inline Transition second_signal(const View& v, const Place& place, int signo) {
  Transition t = become_free(v, held_signal(v.state));
  if (place.progress == PcPoint::Progress::Pushed) t.effects.push_back(effect::UndoPush{});
  t.effects.push_back(effect::SetPc{place.resume});
  if (!place.done()) t.effects.push_back(effect::ExpectEcho{site_of(v)});
  t.effects.push_back(effect::Unhold{});
  t.effects.push_back(effect::Requeue{signo});
  return t;
}

/// A fault of the instruction while a signal was held: the held one goes first; the fault will come
/// again when the program gets back to the instruction.
inline Transition fault_under_hold(const View& v, const Place& place) {
  Transition t = roll_back(v, place, held_signal(v.state), false);
  t.effects.push_back(effect::Unhold{});
  return t;
}

/// A signal-delivery stop (advance_signals.cpp).
Transition on_signal(const View& v, const stop::Signal& e);

}  // namespace sidestep::core::moves
