// One workload run twice, untraced and traced, each in a directory of its own; and what differed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/torture/workload.hpp"

namespace sidestep::test {

struct Trial {
  std::uint64_t sites = 0, hits = 0;
  double seconds = 0;                 // of the traced run
  std::vector<std::string> problems;  // empty: nothing told the two runs apart, and none was missed
};

// Leaves the working directory changed.
Trial attempt(const Workload& workload, double timeout_s);

std::string joined(const std::vector<std::string>& lines);

}  // namespace sidestep::test
