// Calls that are followed to their return, against what the program says of them itself: arrivals
// == returns + unfinished, and each of the three as the program counted. The program must not
// notice.
#include <gtest/gtest.h>

#include "exactness.hpp"

namespace sidestep::test {
namespace {

struct Truth {
  std::uint64_t arrivals, returned;
};

void expect_returns(const TraceSummary& traced, const std::string& probe, Truth truth) {
  for (const ProbeSummary& one : traced.probes) {
    if (one.probe != probe) continue;
    EXPECT_EQ(one.hits, truth.arrivals) << story(traced);
    EXPECT_EQ(one.returns.value_or(~0ull), truth.returned) << story(traced);
    EXPECT_EQ(one.unfinished.value_or(~0ull), truth.arrivals - truth.returned) << story(traced);
    return;
  }
  ADD_FAILURE() << "no such probe in the summary: " << probe << "\n" << story(traced);
}

void expect_sound(const TraceSummary& traced) {
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
  EXPECT_TRUE(traced.valid) << story(traced);
  EXPECT_EQ(traced.missed, 0u) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
  EXPECT_EQ(traced.lost, 0u) << story(traced);
}

std::uint64_t said(const TraceSummary& traced, const char* key) {
  const std::string all = traced.run.out + traced.run.err;
  return number(all, key).value_or(~0ull);
}

struct Scenario {
  const char* name;
  const char* threads;
  const char* rounds;
};
void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.name;
}

class Returns : public testing::TestWithParam<std::tuple<Mode, Scenario>> {};

TEST_P(Returns, AreThoseThatTheProgramSaw) {
  const auto& [mode, scenario] = GetParam();
  std::vector<std::string> args = mode.args;
  for (const char* probe : {"called%return", "other%return"}) {
    args.push_back("-x");
    args.push_back(probe);
  }
  const TraceSummary traced =
      trace(args, {tracee("returns"), scenario.name, scenario.threads, scenario.rounds});
  expect_sound(traced);
  expect_returns(traced, "called%return", {said(traced, "arrivals"), said(traced, "returned")});
  expect_returns(traced, "other%return", {said(traced, "entries"), said(traced, "others")});
  EXPECT_EQ(traced.hits, said(traced, "arrivals") + said(traced, "entries")) << story(traced);
  if (!mode.bystanders_stop) {
    EXPECT_EQ(traced.bystander_stops, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Race, Returns,
    testing::Combine(testing::ValuesIn(exact_modes()),
                     testing::Values(Scenario{"deep", "3", "2"}, Scenario{"tail", "4", "500"},
                                     Scenario{"jump", "4", "200"}, Scenario{"pointer", "4", "200"},
                                     Scenario{"exits", "4", "100"}, Scenario{"stacks", "4", "200"},
                                     Scenario{"handler", "4", "200"},
                                     Scenario{"twice", "4", "200"})),
    [](const auto& one) {
      return mode_name(std::get<0>(one.param)) + "_" + std::get<1>(one.param).name;
    });

/// Two functions that jump to one another: nothing tells a jump back to where a call is still
/// awaited from a call of the same function after the first was left by longjmp. What is certain:
/// all are counted as arrivals, whatever returned did return, and nothing is left over.
TEST(ReturnsByJumps, LoseNothing) {
  const TraceSummary traced =
      trace({"-x", "called%return", "-x", "other%return"}, {tracee("returns"), "ping", "4", "20"});
  expect_sound(traced);
  EXPECT_EQ(traced.hits, 4u * 20 * 1000);
  for (const ProbeSummary& probe : traced.probes) {
    EXPECT_EQ(probe.hits, 4u * 20 * 500);
    EXPECT_GE(probe.returns.value_or(0), 4u * 20);
    EXPECT_EQ(probe.returns.value_or(0) + probe.unfinished.value_or(0), probe.hits);
  }
}

TEST(ReturnsByException, AreExactThroughAThousandFrames) {
  for (const Mode& mode : exact_modes()) {
    SCOPED_TRACE(mode.name);
    std::vector<std::string> args = mode.args;
    args.insert(args.end(), {"-x", "called%return"});
    const TraceSummary traced = trace(args, {tracee("unwound"), "3", "4"});
    expect_sound(traced);
    EXPECT_EQ(said(traced, "arrivals"), 3u * 4 * (4 * 1001 + 20));
    expect_returns(traced, "called%return", {said(traced, "arrivals"), said(traced, "returned")});
  }
}

/// Go's stacks are copied while calls are under way, and goroutines change threads. Arrivals are
/// more than calls: see tracee/growing.
TEST(ReturnsInGo, SurviveMovedStacks) {
  const TraceSummary traced =
      trace({"-x", "main.nested%return"}, {tracee("growing"), "6", "4", "1000"});
  expect_sound(traced);
  ASSERT_EQ(traced.probes.size(), 1u) << story(traced);
  const std::uint64_t returned = said(traced, "returned");
  EXPECT_EQ(returned, 6u * 4 * 1001);
  EXPECT_EQ(traced.probes[0].returns, returned) << story(traced);
  EXPECT_GE(traced.hits, returned) << story(traced);
}

/// A fork child returns through calls that began in its parent: they are none of its own.
TEST(ReturnsAfterFork, BelongToTheProcessThatCalled) {
  const TraceSummary traced =
      trace({"-f", "-x", "fork%return"}, {"/bin/sh", "-c", "(exit 3); (exit 4); exit 0"});
  EXPECT_EQ(traced.exit_code.value_or(-1), -1);  // several processes
  EXPECT_EQ(traced.audit, "held") << story(traced);
  ASSERT_EQ(traced.probes.size(), 1u) << story(traced);
  EXPECT_EQ(traced.probes[0].returns, traced.probes[0].hits) << story(traced);
  EXPECT_GT(traced.hits, 0u) << story(traced);
}

TEST(ReturnsLimited, AreReportedExactlyAsOftenAsTheLimitSays) {
  const TraceSummary traced =
      trace({"--limit", "7", "-x", "target%return"}, {tracee("spin"), "2", "1000"});
  expect_sound(traced);
  ASSERT_EQ(traced.probes.size(), 1u) << story(traced);
  EXPECT_EQ(traced.probes[0].returns, 7u) << story(traced);
}

}  // namespace
}  // namespace sidestep::test
