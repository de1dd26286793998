// Who else is to know which bytes of a tracee's code are changed at this moment: somebody who can
// put them back if the tracing process is killed (SIGKILL, the out-of-memory killer), as it can't.
#pragma once

#include <cstdint>

#include "sidestep/types.hpp"

namespace sidestep {

/// Called on the tracing thread, seldom (at arming and disarming, never at a hit). Must not block.
class CodeWitness {
 public:
  virtual ~CodeWitness() = default;

  /// The byte at `at` is about to be replaced by a trap.
  virtual void armed(Pid pid, Address at, std::uint8_t original) = 0;
  /// It has been put back, or its memory is gone.
  virtual void restored(Pid pid, Address at) = 0;
};

}  // namespace sidestep
