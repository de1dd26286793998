// The main claim: threads in the same hot loop through one probed function, and every arrival is a
// hit. Control: lift_loses_test, on the same binary.
#include <gtest/gtest.h>

#include "race/exactness.hpp"

namespace sidestep::test {
namespace {

constexpr std::uint64_t kThreads = 8;
// Born, known, about to die, dead: what the kernel says of each thread and of the leader.
constexpr std::uint64_t kEventsPerThread = 4;

TraceSummary spin(const Mode& mode, std::uint64_t calls, const std::string& program = "spin") {
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-x", "target"});
  return trace(args, {tracee(program), std::to_string(kThreads), std::to_string(calls)},
               {.timeout_s = 900});
}

TEST(Exact, BoostedIsExactAtOneStopAHit) {
  const TraceSummary traced = spin(exact_modes()[0], 200000);
  expect_exact(traced, kThreads * 200000);
  EXPECT_EQ(arrivals(traced.run), kThreads * 200000);
  EXPECT_EQ(traced.bystander_stops, 0U) << story(traced);
  const std::uint64_t stops = traced.hits + kEventsPerThread * (kThreads + 1);
  EXPECT_GE(traced.waits, traced.hits) << story(traced);
  EXPECT_LE(traced.waits, stops + traced.hits / 100) << story(traced);
}

TEST(Exact, SingleIsExact) {
  const std::uint64_t calls = long_forms() ? 200000 : 20000;
  const TraceSummary traced = spin(exact_modes()[1], calls);
  expect_exact(traced, kThreads * calls);
  EXPECT_EQ(arrivals(traced.run), kThreads * calls);
  EXPECT_EQ(traced.bystander_stops, 0U) << story(traced);
}

TEST(Exact, AllStopIsExact) {
  const std::uint64_t calls = long_forms() ? 200000 : 3000;
  const TraceSummary traced = spin(exact_modes()[2], calls);
  expect_exact(traced, kThreads * calls);
  EXPECT_EQ(arrivals(traced.run), kThreads * calls);
  EXPECT_GT(traced.bystander_stops, 0U) << story(traced);
}

using Form = std::tuple<Mode, std::string>;
class Linked : public testing::TestWithParam<Form> {};

TEST_P(Linked, IsExact) {
  const auto& [mode, program] = GetParam();
  const std::uint64_t calls = mode.bystanders_stop ? 500 : 5000;
  const TraceSummary traced = spin(mode, calls, program);
  expect_exact(traced, kThreads * calls);
  EXPECT_EQ(traced.bystander_stops > 0, mode.bystanders_stop) << story(traced);
}

INSTANTIATE_TEST_SUITE_P(Exact, Linked,
                         testing::Combine(testing::ValuesIn(exact_modes()),
                                          testing::Values<std::string>(
                                              "spin", "spin-nopie", "spin-static",
                                              "spin-static-pie", "spin-stripped", "spin-shared")),
                         [](const auto& one) {
                           std::string name = std::get<1>(one.param);
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name + "_" + mode_name(std::get<0>(one.param));
                         });

// The control of all the above: the same binary and probe, in the mode that takes the int3 away.
TEST(Lift, LosesInEveryOneOfTenRuns) {
  for (int round = 1; round <= 10; ++round) {
    const TraceSummary traced = spin(lift(), 20000);
    EXPECT_EQ(arrivals(traced.run), kThreads * 20000);
    expect_loses(traced);
    std::printf("run %d: %lu of %lu hits, %lu missed\n", round, traced.hits, kThreads * 20000,
                kThreads * 20000 - traced.hits);
  }
}

}  // namespace
}  // namespace sidestep::test
