// The displaced policy: the trap stays, the instruction runs in its slot. No other thread is
// touched.
#pragma once

#include "core/policy.hpp"
#include "sidestep/events.hpp"

namespace sidestep::displaced {

class DisplacedPolicy final : public core::Policy {
 public:
  explicit DisplacedPolicy(Step step) : step_(step) {}

  core::Transition pass(const core::SitePlan& site, const core::View& view) const override;
  std::optional<Address> shortcut(const core::SitePlan& site) const override;
  core::Transition turn(const core::SitePlan& site, bool counted) const override;
  bool stops_others() const override { return false; }
  bool in_place() const override { return false; }

 private:
  bool boosts(const core::SitePlan& site) const;

  Step step_;
};

}  // namespace sidestep::displaced
