// The two in-place modes: the trap is lifted, the thread single-steps over the original instruction
// at its own address, the trap goes back. All-stop stops every other thread meanwhile, so nobody
// can slip past; lift, the form of the 2014 demo, does not: it is the baseline that loses arrivals.
#pragma once

#include "core/policy.hpp"

namespace sidestep::inplace {

class InPlacePolicy final : public core::Policy {
 public:
  enum class Others { Stop, Run };
  explicit InPlacePolicy(Others others) : others_(others) {}

  core::Transition pass(const core::SitePlan& site, const core::View& view) const override;
  core::Transition turn(const core::SitePlan& site, bool counted) const override;
  bool stops_others() const override { return others_ == Others::Stop; }
  bool in_place() const override { return true; }

 private:
  Others others_;
};

}  // namespace sidestep::inplace
