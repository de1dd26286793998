// The general registers of the thread whose stop is being dealt with. Each request costs a system
// call, so all of them are fetched in place of the PC where that saves a second one: if the stop
// before has asked for all. Tracing thread only.
#pragma once

#include <optional>

#include "core/architecture.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

class StoppedRegisters {
 public:
  /// Another stop is dealt with from here on.
  void next_stop();
  /// Whoever was stopped runs.
  void forget() { known_of_ = {}; }

  // --- nullopt or false: the thread has died meanwhile ---
  std::optional<Address> pc(Tid tid);
  std::optional<core::Registers> all(Tid tid);
  bool set_pc(Tid tid, Address pc);
  bool set_all(Tid tid, const core::Registers& registers);

 private:
  bool fetch(Tid tid);

  Tid known_of_;  // whose registers these are; zero: nobody's
  core::Registers known_;
  bool all_asked_ = false, all_expected_ = false;  // at this stop
};

}  // namespace sidestep::os
