#include "inplace/policy.hpp"

namespace sidestep::inplace {
namespace {

using core::ProcessState;
using core::Transition;
using How = core::Resume::How;

constexpr int sigtrap = 5;

}  // namespace

/// The thread waits for its turn. The first one that does starts a round; whoever traps before the
/// others have stopped gets a turn in the same round.
Transition InPlacePolicy::pass(const core::SitePlan& site, const core::View& view) const {
  Transition t;
  if (site.form == core::Form::OwnTrap) {  // nothing to step over: the trap is the program's own
    t.next = core::state::Free{};
    t.resume = {view.start_up ? How::Syscall : How::Cont, sigtrap};
    return t;
  }
  t.next = core::state::Waiting{site.id, true};
  t.resume = {How::Stay, 0};
  if (view.process == ProcessState::Tracing) {
    t.process = ProcessState::Quiescing;
    if (stops_others()) t.effects.push_back(core::effect::InterruptOthers{});
  }
  return t;
}

Transition InPlacePolicy::turn(const core::SitePlan& site, bool counted) const {
  Transition t;
  t.effects.push_back(core::effect::Disarm{site.id});
  t.effects.push_back(core::effect::SetPc{site.address});
  t.process = ProcessState::Lifted;
  if (site.form == core::Form::SystemCall) {
    // Not stepped: the call may block while everybody waits. Past its entry the site is behind it.
    t.next = core::state::Entering{site.id, true, counted};
    t.resume = {How::Syscall, 0};
  } else {
    t.next = core::state::Stepping{site.id, core::state::Stepping::Where::InPlace, 0};
    t.resume = {How::Step, 0};
  }
  return t;
}

}  // namespace sidestep::inplace
