// Conditions on how long a call took: exactly the calls that slept are reported, and those that did
// not are filtered. The bound lies far from both, so that no machine is too slow for it.
#include <gtest/gtest.h>

#include "race/exactness.hpp"
#include "support/events.hpp"

namespace sidestep::test {
namespace {

constexpr std::uint64_t kNaps = 4 * 3;  // and as many calls that return at once
constexpr std::int64_t kBound_ns = 100'000'000;

Recording sleeper(std::vector<std::string> args) {
  return record(args, {tracee("sleeper"), "4", "3", "300"});
}

void expect_naps_alone(const Recording& run, const std::string& probe) {
  ASSERT_TRUE(run.traced.valid) << story(run.traced);
  EXPECT_TRUE(checks_held(run.traced.run)) << story(run.traced);
  ASSERT_EQ(number(run.traced.run.out, "naps"), kNaps) << story(run.traced);
  EXPECT_EQ(run.traced.filtered, kNaps) << story(run.traced);
  EXPECT_EQ(run.traced.missed, 0U) << story(run.traced);
  EXPECT_EQ(run.traced.audit, "held") << story(run.traced);
  const std::vector<Event> events = run.of(probe);
  EXPECT_EQ(events.size(), kNaps) << story(run.traced);
  for (const Event& event : events) {
    EXPECT_TRUE(event.returned);
    EXPECT_EQ(event.args.at("arg1"), "300000");
    EXPECT_EQ(event.ret, "0");
    EXPECT_GE(event.gross_ns, kBound_ns);
  }
}

class Latency : public testing::TestWithParam<Mode> {};

TEST_P(Latency, AConditionKeepsThoseThatSlept) {
  const std::string probe = "usleep%return $arg1:u32 $retval:i32 if $latency > 100ms";
  std::vector<std::string> args = GetParam().args;
  args.insert(args.end(), {"-x", probe});
  expect_naps_alone(sleeper(args), probe);
}

TEST_P(Latency, MinTimeKeepsThoseThatSlept) {
  const std::string probe = "usleep%return $arg1:u32 $retval:i32";
  std::vector<std::string> args = GetParam().args;
  args.insert(args.end(), {"--min-time", "100ms", "-x", probe});
  expect_naps_alone(sleeper(args), probe);
}

/// A condition of the entry: those calls alone are followed to their return.
TEST_P(Latency, AConditionOfAnArgumentChoosesWhoIsTimed) {
  const std::string naps = "usleep%return $arg1:u32 $retval:i32 if $arg1:u32 == 300000";
  const std::string none = "usleep%return $arg1:u32 if $arg1:u32 == 300001";
  std::vector<std::string> args = GetParam().args;
  args.insert(args.end(), {"-x", naps});
  expect_naps_alone(sleeper(args), naps);
  args.back() = none;
  const Recording run = sleeper(args);
  EXPECT_EQ(run.events.size(), 0U) << story(run.traced);
  EXPECT_EQ(run.traced.filtered, 2 * kNaps) << story(run.traced);
}

/// Half of it is decided at the entry, half at the return; each half drops something of its own.
TEST_P(Latency, AConditionMayBeOfBothMoments) {
  const std::string probe =
      "usleep%return $arg1:u32 $retval:i32 if $latency > 100ms && $arg1:u32 != 1 && $net >= 1";
  std::vector<std::string> args = GetParam().args;
  args.insert(args.end(), {"-x", probe});
  expect_naps_alone(sleeper(args), probe);
}

INSTANTIATE_TEST_SUITE_P(System, Latency, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
