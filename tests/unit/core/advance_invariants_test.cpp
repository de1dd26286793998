// The whole table of advance(): every state × event, in every mode, process state, role, start-up
// and class of site, against what must hold of each transition (docs: engine.md's guarantees).
#include <gtest/gtest.h>

#include <algorithm>

#include "reachable.hpp"

namespace sidestep::core::test {
namespace {

using How = Resume::How;

/// Calls `check(case, site class)` for the full cross product; the result is the number of calls.
template <class Check>
std::size_t for_all(Check check) {
  std::size_t n = 0;
  for (const Mode& mode : modes())
    for (std::uint32_t c = 1; c <= classes; ++c) {
      const auto all_states = states(c);
      const auto all_events = events(c);
      for (int process = 0; process < 4; ++process)
        for (const Role role : {Role::Member, Role::Guest})
          for (const bool start_up : {false, true})
            for (const ThreadState& state : all_states)
              for (const StopEvent& event : all_events) {
                const Case one{mode, static_cast<ProcessState>(process), role, start_up, state,
                               event};
                if (!callable(one)) continue;
                check(one, c), ++n;
              }
    }
  return n;
}

/// Fails with the first few offending rows, and says how many there are.
class Offences {
 public:
  void add(const Case& c) {
    if (count_++ < 6) rows_ += c.text() + "\n";
  }
  ~Offences() { EXPECT_EQ(count_, 0u) << rows_; }

 private:
  std::size_t count_ = 0;
  std::string rows_;
};

template <class Violates>
std::size_t expect_never(Violates violates) {
  Offences offences;
  std::size_t judged = 0;
  for_all([&](const Case& c, std::uint32_t site) {
    if (!reachable(c, site)) return;
    ++judged;
    if (violates(c, c.run(), plan_of(site))) offences.add(c);
  });
  EXPECT_GT(judged, 10'000u);  // the filter has not eaten the table
  return judged;
}

bool counts(const Case& c, const SitePlan& site, const stop::Trap& e) {
  return c.role == Role::Member && site.purpose == Purpose::Probe && !e.echo;
}

int delivered(const Transition& t) {
  if (auto* parked = as<state::Parked>(t.next)) return parked->resume.signal;
  return t.resume.signal;
}

bool in_place_turn(const ThreadState& s) {
  auto* stepping = as<state::Stepping>(s);
  auto* entering = as<state::Entering>(s);
  return (stepping && stepping->where == state::Stepping::Where::InPlace) ||
         (entering && entering->in_place);
}

bool holds_stop(const Case& c, const Transition& t) {
  const ProcessState p = t.process.value_or(c.process);
  return c.mode.policy.stops_others() &&
         (p == ProcessState::Quiescing || p == ProcessState::Lifted) && !is<stop::Release>(c.event);
}

TEST(AdvanceTable, EveryPairHasATransition) {
  const std::size_t n = for_all([](const Case& c, std::uint32_t) { (void)c.run(); });
  EXPECT_GT(n, 200'000u);
}

/// In a turn, for whose end the others are kept: not even a group-stop may come between.
bool holds_up_others(const Case& c) {
  if (auto* stepping = as<state::Stepping>(c.state))
    return stepping->where == state::Stepping::Where::InPlace;
  auto* entering = as<state::Entering>(c.state);
  return entering && entering->in_place;
}

TEST(AdvanceTable, ResumeSuitsTheNextState) {
  expect_never([](const Case& c, const Transition& t, const SitePlan&) {
    const How how = t.resume.how;
    if (auto* group = as<stop::Group>(c.event)) {
      if (is<state::Stepping>(c.state) && holds_up_others(c)) return how != How::Step;
      if (is<state::Entering>(c.state) && holds_up_others(c)) return how != How::Syscall;
      return how != (group->trap_queued ? How::Cont : How::Listen);
    }
    if (how == How::Detach)
      return !(is<stop::Exec>(c.event) && c.role == Role::Guest) &&
             !is<state::LeavingStop>(c.state);
    const How free = c.start_up ? How::Syscall : How::Cont;
    if (is<state::Stepping>(t.next)) return how != How::Step;
    if (is<state::InTwin>(t.next)) return how != How::Cont;
    if (is<state::Entering>(t.next) || is<state::InCall>(t.next) || is<state::Borrowed>(t.next))
      return how != How::Syscall;
    if (is<state::Parked>(t.next) || is<state::Waiting>(t.next)) return how != How::Stay;
    if (is<state::Exiting>(t.next)) return how != How::Cont && how != free;
    if (effect_of<effect::FinishBorrow>(t)) return how != How::Stay || !is<state::Free>(t.next);
    if (auto* vfork = as<state::InVfork>(t.next); vfork && vfork->in_call != SiteId::None)
      return how != free && how != How::Syscall;
    if (auto* parked = as<state::Parked>(c.state)) return how != parked->resume.how;
    return how != free;
  });
}

TEST(AdvanceTable, DisplacedTouchesNeitherTrapsNorOthers) {
  for_all([](const Case& c, std::uint32_t site) {
    if (c.mode.policy.in_place() || !state_exists(c)) return;
    const Transition t = c.run();
    const bool touches = effect_of<effect::Arm>(t) || effect_of<effect::Disarm>(t) ||
                         effect_of<effect::InterruptOthers>(t) || t.process;
    if (touches) ADD_FAILURE() << site << ": " << c.text();
  });
}

/// A hit for which the engine need not ask advance().
bool is_no_more_than(const Transition& t, Address to) {
  const auto* set = effect_of<effect::SetPc>(t);
  return set && set->pc == to && t.effects.size() == 1 && is<state::Free>(t.next) &&
         t.resume == Resume{} && !t.process && !t.undone;
}

TEST(AdvanceTable, AShortcutIsAllThatAdvanceWouldSay) {
  std::size_t taken = 0;
  for_all([&](const Case& c, std::uint32_t site) {
    auto* trap = as<stop::Trap>(c.event);
    if (!trap || trap->echo || trap->early) return;
    const SitePlan& plan = plan_of(site);
    const auto to = shortcut(c.view(), plan);
    if (!to) return;
    ++taken;
    const Transition t = c.run();
    EXPECT_TRUE(is_no_more_than(t, *to)) << c.text();
    EXPECT_EQ(t.verdict, trap->filtered ? Verdict::Filtered : Verdict::Hit) << c.text();
    EXPECT_EQ(t.site, plan.id) << c.text();
  });
  EXPECT_GT(taken, 0u);
}

TEST(AdvanceTable, TheUsualHitHasAShortcut) {
  const ThreadState free = state::Free{};
  const View usual{free,    Role::Member,     ProcessState::Tracing, false,
                   sites(), boosted().policy, own_policy()};
  EXPECT_EQ(shortcut(usual, plan_of(plain)), plan_of(plain).slot);
  View leaving = usual;
  leaving.leaving = true;
  EXPECT_FALSE(shortcut(leaving, plan_of(plain)));
}

/// The hold's mask lets SIGSEGV and its like through, for the instruction's own faults; kill(2) can
/// send them too. Two signals, one resume: judged in a test of its own below.
bool sent_through_a_hold(const Case& c) {
  auto* e = as<stop::Signal>(c.event);
  return e && held_by(c.state) && !e->fault && e->signo == sigsegv;
}

TEST(AdvanceTable, AHeldSignalIsKeptOrDelivered) {
  expect_never([](const Case& c, const Transition& t, const SitePlan&) {
    const int held = held_by(c.state);
    if (sent_through_a_hold(c)) return false;
    if (!held || is<stop::Exit>(c.event)) return false;
    if (held_by(t.next) == held)
      return effect_of<effect::Unhold>(t) != nullptr || effect_of<effect::Hold>(t) != nullptr;
    // Let go only with its own siginfo and the program's mask, or for a death.
    auto* e = as<stop::Signal>(c.event);
    if (e && e->disposition == Disposition::Fatal && delivered(t) == e->signo) return false;
    return !effect_of<effect::Unhold>(t) || delivered(t) != held;
  });
}

bool requeued(const Transition& t, int signo) {
  auto* again = effect_of<effect::Requeue>(t);
  return again && again->signo == signo;
}

TEST(AdvanceTable, ASignalIsDeliveredOrHeld) {
  expect_never([](const Case& c, const Transition& t, const SitePlan&) {
    auto* e = as<stop::Signal>(c.event);
    if (!e || delivered(t) == e->signo || requeued(t, e->signo)) return false;
    if (held_by(t.next) == e->signo) return !effect_of<effect::Hold>(t);
    return !(e->fault && held_by(c.state));  // a fault under a hold comes again by itself
  });
}

TEST(AdvanceTable, ASignalSentThroughAHoldLosesNeitherNorShowsTheSlot) {
  expect_never([](const Case& c, const Transition& t, const SitePlan&) {
    if (!sent_through_a_hold(c)) return false;
    const int held = held_by(c.state);
    const bool held_survives = held_by(t.next) == held || delivered(t) == held;
    const bool sent_survives =
        held_by(t.next) == sigsegv || delivered(t) == sigsegv || requeued(t, sigsegv);
    auto* moved = effect_of<effect::SetPc>(t);
    const bool shows =
        delivered(t) && in_scratch(place_of(c.event)->pc) && (!moved || in_scratch(moved->pc));
    return !held_survives || !sent_survives || shows;
  });
}

TEST(AdvanceTable, TheProgramsOwnTrapFlagTrapsUnlessHalfwayThroughACall) {
  expect_never([](const Case& c, const Transition& t, const SitePlan&) {
    auto* e = as<stop::TraceTrap>(c.event);
    if (!e || !e->own_flag || e->place.progress == PcPoint::Progress::Pushed) return false;
    if (held_by(c.state)) return false;  // one resume delivers one signal: the held one
    const bool unfinished_step = is<state::Stepping>(t.next);
    return delivered(t) != sigtrap && !unfinished_step;
  });
}

TEST(AdvanceTable, NoHandlerSeesAPcInAScratchArea) {
  expect_never([](const Case& c, const Transition& t, const SitePlan&) {
    const Place* place = is<stop::Exit>(c.event) ? nullptr : place_of(c.event);
    if (!place || !in_scratch(place->pc) || !delivered(t) || sent_through_a_hold(c)) return false;
    auto* e = as<stop::Signal>(c.event);
    const bool harmless = e && delivered(t) == e->signo && e->disposition != Disposition::Handled &&
                          e->disposition != Disposition::Fatal;
    auto* moved = effect_of<effect::SetPc>(t);
    const bool out = (moved && !in_scratch(moved->pc)) || effect_of<effect::ReturnFromCall>(t);
    return !harmless && !out;
  });
}

TEST(AdvanceTable, AHalfDoneCallIsUndoneWhenTheSiteRunsAgain) {
  expect_never([](const Case& c, const Transition& t, const SitePlan& site) {
    const Place* place = place_of(c.event);
    if (!place || is<stop::Exit>(c.event)) return false;
    auto* moved = effect_of<effect::SetPc>(t);
    const bool back = moved && moved->pc == site.address;
    const bool pushed = place->progress == PcPoint::Progress::Pushed;
    return (effect_of<effect::UndoPush>(t) != nullptr) != (back && pushed);
  });
}

TEST(AdvanceTable, EachTrapIsBookedOnce) {
  expect_never([](const Case& c, const Transition& t, const SitePlan& site) {
    auto* trap = as<stop::Trap>(c.event);
    if (!trap) return false;
    if (t.site != site.id) return true;
    if (c.process == ProcessState::Draining) return t.verdict != Verdict::Rewound;
    if (!counts(c, site, *trap)) return t.verdict != Verdict::Passed;
    if (trap->filtered) return t.verdict != Verdict::Filtered;
    if (site.form != Form::SystemCall) return t.verdict != Verdict::Hit;
    auto* entering = as<state::Entering>(t.next);
    auto* waiting = as<state::Waiting>(t.next);
    const bool remembered = (entering && !entering->counted) || (waiting && !waiting->counted);
    return t.verdict != Verdict::None || !remembered;
  });
}

TEST(AdvanceTable, ASystemCallIsBookedOnceWhereItsStateEnds) {
  expect_never([](const Case& c, const Transition& t, const SitePlan& site) {
    if (is<stop::Trap>(c.event) || is<stop::Sequence>(c.event)) return false;
    const auto open = [](const ThreadState& s) {
      auto* entering = as<state::Entering>(s);
      auto* waiting = as<state::Waiting>(s);
      return (entering && !entering->counted) || (waiting && !waiting->counted);
    };
    const bool settled = t.verdict == Verdict::Hit || t.verdict == Verdict::Rewound;
    if (!open(c.state)) return t.verdict != Verdict::None;
    return settled == open(t.next) || (settled && t.site != site.id);
  });
}

TEST(AdvanceTable, OnlyASystemCallsEntryMakesAHitWithoutATrap) {
  expect_never([](const Case& c, const Transition& t, const SitePlan&) {
    return t.verdict == Verdict::Hit && !is<stop::Trap>(c.event) && !is<stop::Sequence>(c.event) &&
           !(is<stop::Syscall>(c.event) && is<state::Entering>(c.state));
  });
}

/// Left inside its sequence, at the site, for the kernel to abort; counted, and never completed.
TEST(AdvanceTable, AnArrivalInASequenceGoesBackToTheSite) {
  expect_never([](const Case& c, const Transition& t, const SitePlan& site) {
    auto* sequence = as<stop::Sequence>(c.event);
    if (!sequence) return false;
    auto* moved = effect_of<effect::SetPc>(t);
    auto* parked = as<state::Parked>(t.next);
    const bool free = is<state::Free>(t.next) || (parked && parked->in_call == SiteId::None);
    if (!moved || moved->pc != site.address || !free || t.site != site.id) return true;
    if (c.process == ProcessState::Draining) return t.verdict != Verdict::Rewound || t.undone;
    const bool counts = c.role == Role::Member && site.purpose == Purpose::Probe;
    if (counts && sequence->filtered) return t.verdict != Verdict::Filtered || t.undone;
    return t.verdict != (counts ? Verdict::Hit : Verdict::Passed) || !t.undone;
  });
}

TEST(AdvanceTable, DrainingSendsEveryTrapBackUnreported) {
  for_all([](const Case& c, std::uint32_t site) {
    if (c.process != ProcessState::Draining || !is<stop::Trap>(c.event)) return;
    const Transition t = c.run();
    auto* moved = effect_of<effect::SetPc>(t);
    const bool own = plan_of(site).form == Form::OwnTrap;  // the program gets its SIGTRAP instead
    const bool back = is<state::Free>(t.next) &&
                      (own ? delivered(t) == sigtrap : moved && moved->pc == plan_of(site).address);
    if (t.verdict != Verdict::Rewound || !back) ADD_FAILURE() << c.text();
  });
}

TEST(AdvanceTable, AnAllStopKeepsWhoeverWouldRun) {
  expect_never([](const Case& c, const Transition& t, const SitePlan&) {
    auto* e = as<stop::Signal>(c.event);
    if (e && e->disposition == Disposition::Stops) return false;  // a group-stop holds it as well
    if (!holds_stop(c, t)) return false;
    const bool would_run = is<state::Free>(t.next) || is<state::InCall>(t.next);
    return would_run && t.resume.how != How::Stay && t.resume.how != How::Detach;
  });
}

TEST(AdvanceTable, ATurnPutsTheTrapBackWhenItEnds) {
  expect_never([](const Case& c, const Transition& t, const SitePlan& site) {
    auto* armed = effect_of<effect::Arm>(t);
    const bool ends = in_place_turn(c.state) && !in_place_turn(t.next);
    if (!ends) return armed != nullptr;
    return !armed || armed->site != site.id || t.process != ProcessState::Quiescing;
  });
}

TEST(AdvanceTable, ATurnLiftsExactlyItsOwnSite) {
  expect_never([](const Case& c, const Transition& t, const SitePlan& site) {
    auto* lifted = effect_of<effect::Disarm>(t);
    if (!is<stop::Turn>(c.event)) return lifted != nullptr;
    auto* moved = effect_of<effect::SetPc>(t);
    return !lifted || lifted->site != site.id || !moved || moved->pc != site.address ||
           t.process != ProcessState::Lifted || !in_place_turn(t.next);
  });
}

TEST(AdvanceTable, AStringInstructionIsSteppedToItsEnd) {
  expect_never([](const Case& c, const Transition& t, const SitePlan& site) {
    auto* e = as<stop::TraceTrap>(c.event);
    auto* stepping = as<state::Stepping>(c.state);
    if (!e || e->own_flag || !stepping || !site.restartable_string) return false;
    const bool between = e->place.pc == site.address ||
                         (e->place.where != Place::Where::Program && !e->place.done());
    return between && !is<state::Stepping>(t.next);  // the site would trap again: a hit too many
  });
}

TEST(AdvanceTable, WhatShowsTheSlotIsRepairedBehindTheInstruction) {
  expect_never([](const Case& c, const Transition& t, const SitePlan& site) {
    if (site.fixup == Fixup::None || in_place_turn(c.state)) return false;
    const bool busy = is<state::Stepping>(c.state) || is<state::InTwin>(c.state);
    const Place* place = place_of(c.event);
    const bool behind = is<stop::TwinEnd>(c.event) || (place && place->done());
    if (!busy || !behind || !is<state::Free>(t.next)) return false;
    return !effect_of<effect::FixUp>(t);
  });
}

}  // namespace
}  // namespace sidestep::core::test
