#include "sidestep/doctor.hpp"

#include "linux/host.hpp"

namespace sidestep {

std::vector<Finding> examine(std::optional<int> pid) {
  std::vector<Finding> all = os::examine_host();
  if (!pid) return all;
  for (Finding& finding : os::examine_process(*pid)) all.push_back(std::move(finding));
  return all;
}

}  // namespace sidestep
