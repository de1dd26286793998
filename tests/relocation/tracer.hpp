// The tracer's loop for one thread and one site: core::advance and the product's own kernel and
// repairs, without the engine around them (modules, processes, arming, output).
#pragma once

#include "core/site_table.hpp"
#include "core/transition.hpp"
#include "displaced/policy.hpp"
#include "runner.hpp"

namespace sidestep::test {

class Tracer {
 public:
  /// What arrives if the passage is to be a held one; to this program it is the only one it
  /// handles.
  static constexpr int held_signal = 10;  // SIGUSR1

  Tracer(os::PtraceKernel& kernel, Tid tid, const Way& way, core::Site site);

  core::Resume how() const { return how_; }  ///< to resume the thread
  /// Deals with a stop. The signal that is now to reach the program, and an int3 that is not the
  /// tracer's counts as one; 0: the thread is to be resumed.
  int on(const Child::Stop& stop);
  /// Nothing of its own is under way.
  bool done() const { return std::holds_alternative<core::state::Free>(state_); }
  const core::Site& site() const { return *sites_.find(SiteId{0}); }

 private:
  std::optional<core::StopEvent> decode(const Child::Stop& stop);
  std::optional<core::StopEvent> decode_trap(Address pc);
  void apply(const core::Effect& effect);
  template <class Edit>
  void edit_registers(Edit edit);

  os::PtraceKernel& kernel_;
  const Tid tid_;
  const core::Architecture& arch_;
  const displaced::DisplacedPolicy policy_;
  const Passage passage_;
  core::SiteTable sites_;
  core::SigInfo held_info_;
  core::SignalMask held_mask_ = 0;
  core::ThreadState state_ = core::state::Free{};
  core::Resume how_{core::Resume::How::Syscall, 0};
};

}  // namespace sidestep::test
