#include "displaced/policy.hpp"

#include <cstdlib>

namespace sidestep::displaced {
namespace {

using core::Resume;
using core::Transition;
using How = core::Resume::How;

constexpr int sigtrap = 5;

Transition go_to(Address pc, core::ThreadState next, Resume resume) {
  Transition t;
  t.effects.push_back(core::effect::SetPc{pc});
  t.next = next;
  t.resume = resume;
  return t;
}

/// What a single-step would get wrong: it stops after each iteration of a string instruction, and
/// pushf would store the stepping trap flag.
bool can_be_stepped(const core::SitePlan& site) {
  return !site.restartable_string && !site.pushes_flags;
}

}  // namespace

/// From the slot the thread finds back to the program by itself.
bool DisplacedPolicy::boosts(const core::SitePlan& site) const {
  const bool single = step_ == Step::Single && site.purpose == core::Purpose::Probe;
  return site.form == core::Form::Boosted && (!single || site.finish == core::Finish::None);
}

std::optional<Address> DisplacedPolicy::shortcut(const core::SitePlan& site) const {
  if (!boosts(site) || !site.slot) return std::nullopt;
  return site.slot;
}

Transition DisplacedPolicy::pass(const core::SitePlan& site, const core::View& view) const {
  using core::Form;
  switch (site.form) {
    case Form::Boosted:
      if (boosts(site))
        return go_to(site.slot, core::state::Free{}, {view.start_up ? How::Syscall : How::Cont, 0});
      if (site.finish == core::Finish::Step || can_be_stepped(site))
        return go_to(site.slot, core::state::Stepping{site.id, {}, 0}, {How::Step, 0});
      [[fallthrough]];
    case Form::Twin:
      return go_to(site.twin(), core::state::InTwin{site.id, 0}, {How::Cont, 0});
    case Form::Step:
      return go_to(site.slot, core::state::Stepping{site.id, {}, 0}, {How::Step, 0});
    case Form::SystemCall:
      return go_to(site.slot, core::state::Entering{site.id, false, false}, {How::Syscall, 0});
    case Form::OwnTrap:
      break;
  }
  Transition t;  // the program's own int3: the SIGTRAP at hand is what it asked for
  t.next = core::state::Free{};
  t.resume = {view.start_up ? How::Syscall : How::Cont, sigtrap};
  return t;
}

Transition DisplacedPolicy::turn(const core::SitePlan&, bool) const {
  std::abort();  // nobody ever waits for a turn here
}

}  // namespace sidestep::displaced
