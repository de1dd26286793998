// What this machine and this user's rights allow, found out by trying it on a child of our own, and
// what can be seen of a process without touching it.
#pragma once

#include <optional>
#include <vector>

#include "sidestep/doctor.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

std::vector<Finding> examine_host();
/// `id` may be a thread's.
std::vector<Finding> examine_process(int id);

}  // namespace sidestep::os
