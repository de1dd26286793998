// What tracing costs threads that never arrive: a loopback server beside hot threads. Reports its
// request rate in each mode; only all-stop may stop it.
#include <gtest/gtest.h>

#include "race/exactness.hpp"

namespace sidestep::test {
namespace {

const std::vector<std::string>& command() {
  static const std::vector<std::string> words = {tracee("bystander"), "2", "--requests", "2000"};
  return words;
}

std::string rate_of(const RunResult& result) {
  const auto values = key_values(result.out);
  const auto found = values.find("requests_per_s");
  return found == values.end() ? "?" : found->second;
}

TraceSummary traced_in(const Mode& mode) {
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-x", "target"});
  const TraceSummary traced = trace(args, command(), {.timeout_s = 150});
  std::printf("%-9s %8s requests/s, %lu bystander stops, %lu hits\n", mode.name,
              rate_of(traced.run).c_str(), traced.bystander_stops, traced.hits);
  EXPECT_EQ(number(traced.run.out, "requests"), 2000U) << story(traced);
  return traced;
}

TEST(Bystander, IsStoppedInAllStopOnly) {
  const RunResult untraced = run(command());
  EXPECT_TRUE(checks_held(untraced)) << untraced.out << untraced.err;
  std::printf("%-9s %8s requests/s\n", "untraced", rate_of(untraced).c_str());
  for (const Mode& mode : exact_modes()) {
    const TraceSummary traced = traced_in(mode);
    expect_exact(traced);
    if (mode.bystanders_stop) {
      EXPECT_GT(traced.bystander_stops, 0U) << story(traced);
    } else {
      EXPECT_EQ(traced.bystander_stops, 0U) << story(traced);
      EXPECT_EQ(number(traced.run.out, "eintr"), 0U) << story(traced);
    }
  }
  const TraceSummary lossy = traced_in(lift());
  expect_loses(lossy);
  EXPECT_EQ(lossy.bystander_stops, 0U) << story(lossy);
}

}  // namespace
}  // namespace sidestep::test
