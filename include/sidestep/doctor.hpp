// Can programs be traced here, and this one in particular? Looks and tries, and leaves nothing
// behind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sidestep {

struct Finding {
  enum class Verdict : std::uint8_t {
    Good,
    Note,  ///< works, with a limit that is said
    Bad,   ///< tracing is not possible
  };
  Verdict verdict = Verdict::Good;
  std::string what;  ///< "attaching", "process 4711", ...
  std::string says;  ///< one line: what was found, and what to do about it
};

/// The machine, and the process if one is named. Starts and ends a child of its own to try things
/// on; the process is only looked at, not attached to. Blocks for milliseconds.
std::vector<Finding> examine(std::optional<int> pid);

}  // namespace sidestep
