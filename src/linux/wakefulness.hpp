// While stops come fast: a request on the kernel's latency device (Documentation/power/
// pm_qos_interface.rst), where we may open it, so that idle processors poll instead of halting.
#pragma once

#include "linux/vigil.hpp"

namespace sidestep::os {

class Wakefulness {
 public:
  /// As Vigil's.
  void prolong(Nanoseconds now, Nanoseconds by) { vigil_.prolong(now, by); }

 private:
  void watch() const;

  Vigil vigil_{"wakefulness", [this] { watch(); }};
};

}  // namespace sidestep::os
