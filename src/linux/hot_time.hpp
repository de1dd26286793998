// The processor time that threads which are hit often have used between two looks. Tracing thread
// only.
#pragma once

#include <span>
#include <unordered_map>

#include "sidestep/events.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

class HotTime {
 public:
  /// Of all looks so far, for those that were there at a look and at the one before it. A file is
  /// read for each.
  Nanoseconds look_at(std::span<const Tid> threads);

 private:
  std::unordered_map<Tid, Nanoseconds> used_;
  Nanoseconds sum_ = 0;
};

}  // namespace sidestep::os
