#include "linux/deference.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace sidestep::os {
namespace {

// "Process" 0 is the calling thread alone (sched(7), Notes on the nice value).
int nice_value() {
  return ::getpriority(PRIO_PROCESS, 0);
}

bool set_nice_value(int value) {
  return ::setpriority(PRIO_PROCESS, 0, value) == 0;
}

}  // namespace

void Deference::find_out() {
  if (is_known_.exchange(true)) return;
  const int before = nice_value();
  can_be_undone_ = set_nice_value(before + 1) && set_nice_value(before);
}

void Deference::set(bool wanted) {
  if (wanted == is_set_ || !can_be_undone_) return;
  constexpr int less = 10, least = 19;  // about a tenth of the weight
  if (wanted) before_ = nice_value();
  is_set_ = set_nice_value(wanted ? std::min(before_ + less, least) : before_) == wanted;
}

}  // namespace sidestep::os
