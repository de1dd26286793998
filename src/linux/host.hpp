// What this machine and this user's rights allow, found out by trying it on a child of our own, and
// what can be seen of a process without touching it.
#pragma once

#include <string>
#include <vector>

#include "sidestep/doctor.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

std::vector<Finding> examine_host();
/// Whom we may attach to, by our capabilities and by Yama, both read below `proc`.
Finding examine_attaching(const std::string& proc = "/proc");
/// `id` may be a thread's.
std::vector<Finding> examine_process(int id);

}  // namespace sidestep::os
