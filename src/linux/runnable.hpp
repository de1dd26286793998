// How many threads of the whole machine run or are ready to: the fourth field of /proc/loadavg
// (proc(5)). Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>

#include "linux/unique_fd.hpp"

namespace sidestep::os {

class Runnable {
 public:
  /// The calling thread among them; nullopt: cannot be known here.
  std::optional<std::size_t> count();

 private:
  UniqueFd file_;
  bool tried_ = false;
};

}  // namespace sidestep::os
