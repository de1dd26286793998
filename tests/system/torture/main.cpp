// torture [FACTOR|quick [NAME...]]: all workloads (or those named), whole, FACTOR times the work;
// or `quick`, those of torture_test; a table of what came of each. Ends with 1 if any program could
// tell.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "system/torture/trial.hpp"

namespace sidestep::test {
namespace {

constexpr double most_seconds = 3600;

struct Total {
  std::uint64_t hits = 0;
  int failed = 0;
};

Trial attempt_or_say(const Workload& workload) {
  try {
    return attempt(workload, most_seconds);
  } catch (const std::exception& error) {
    return {.problems = {error.what()}};
  }
}

void report(const Workload& workload, Total& total) {
  const Trial trial = attempt_or_say(workload);
  total.hits += trial.hits;
  total.failed += trial.problems.empty() ? 0 : 1;
  std::printf("%-22s %8llu %11llu %8.1f  %s\n", workload.name.c_str(),
              static_cast<unsigned long long>(trial.sites),
              static_cast<unsigned long long>(trial.hits), trial.seconds,
              trial.problems.empty() ? "same" : joined(trial.problems).c_str());
  std::fflush(stdout);
}

int torture(Scale scale, const std::vector<std::string>& names) {
  Total total;
  std::printf("%-22s %8s %11s %8s  %s\n", "WORKLOAD", "SITES", "HITS", "SECONDS", "VERDICT");
  int count = 0;
  for (const Workload& one : workloads(scale)) {
    if (!names.empty() && std::find(names.begin(), names.end(), one.name) == names.end()) continue;
    report(one, total);
    ++count;
  }
  std::printf("%d workloads, %llu hits, %d failed\n", count,
              static_cast<unsigned long long>(total.hits), total.failed);
  return count > 0 && total.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace sidestep::test

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::strcmp(argv[1], "quick") == 0;
  const int factor = argc > 1 && !quick ? std::atoi(argv[1]) : 1;
  if (factor < 1) {
    std::fputs("usage: torture [FACTOR|quick [NAME...]]\n", stderr);
    return 2;
  }
  return sidestep::test::torture({.quick = quick, .factor = static_cast<unsigned>(factor)},
                                 {argv + std::min(argc, 2), argv + argc});
}
