// Signals of every kind, and threads born and dying, on top of the hot loop: exact, and the
// tracee's own checks (the PC that handlers see, registers, order of queued signals, EINTR) hold.
// Control: lift loses on the same programs.
#include <gtest/gtest.h>

#include "race/exactness.hpp"

namespace sidestep::test {
namespace {

TraceSummary traced_in(const Mode& mode, std::vector<std::string> command) {
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-x", "target"});
  command[0] = tracee(command[0]);
  return trace(args, command, {.timeout_s = 200});
}

class Rough : public testing::TestWithParam<Mode> {};

TEST_P(Rough, StormIsExact) {
  const Mode& mode = GetParam();
  const std::string calls = mode.bystanders_stop ? "3000" : "20000";
  const TraceSummary traced = traced_in(mode, {"storm", "4", calls, "200"});
  expect_exact(traced, 4 * std::stoul(calls));
  EXPECT_EQ(traced.bystander_stops > 0, mode.bystanders_stop) << story(traced);
  for (const char* key : {"handlers_queued", "handlers_timer", "handlers_usr1"})
    EXPECT_GT(number(traced.run.out, key).value_or(0), 10U) << key << story(traced);
}

TEST_P(Rough, ChurnIsExact) {
  const Mode& mode = GetParam();
  const TraceSummary traced = traced_in(mode, {"churn", "4", "4000", "3"});
  expect_exact(traced, 12000);
  EXPECT_EQ(traced.bystander_stops > 0, mode.bystanders_stop) << story(traced);
}

INSTANTIATE_TEST_SUITE_P(Race, Rough, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

TEST(Lift, LosesInStormAndChurn) {
  expect_loses(traced_in(lift(), {"storm", "4", "20000", "200"}));
  expect_loses(traced_in(lift(), {"churn", "4", "4000", "3"}));
}

}  // namespace
}  // namespace sidestep::test
