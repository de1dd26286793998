// Functions that are chosen when the program starts (IFUNC): whichever it was, its calls are the
// hits, under the name that was asked for; launched, linked statically, and attached to.
#include <gtest/gtest.h>
#include <signal.h>

#include "race/exactness.hpp"
#include "support/background.hpp"

namespace sidestep::test {
namespace {

/// strlen is told from that of others by its argument, memcpy by its size.
const std::string copies = "memcpy@libc.so* if $arg3 == 777";
const std::string own = "pick@MAIN", asking = "pick_by_asking@MAIN";

std::vector<std::string> traced_by(const Mode& mode, const std::vector<std::string>& probes) {
  std::vector<std::string> args = mode.args;
  for (const std::string& probe : probes) args.insert(args.end(), {"-x", probe});
  return args;
}

class Chosen : public testing::TestWithParam<Mode> {};

TEST_P(Chosen, LaunchedEveryCallIsAHit) {
  const TraceSummary traced =
      trace(traced_by(GetParam(), {own, copies}), {tracee("chosen"), "150"});
  ASSERT_EQ(number(traced.run.out, "copies"), 150U) << story(traced);
  ASSERT_EQ(number(traced.run.out, "picked"), 300U) << story(traced);
  ASSERT_EQ(traced.probes.size(), 2U) << story(traced);
  EXPECT_EQ(traced.probes[0].hits, 300U) << story(traced);
  EXPECT_EQ(traced.probes[0].sites, 3U) << story(traced);
  EXPECT_EQ(traced.probes[1].hits, 150U) << story(traced);
  EXPECT_EQ(function_hits(traced)["memcpy"], 150U) << story(traced);
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
}

/// There a library's functions are the program's own.
TEST_P(Chosen, StaticallyLinkedToo) {
  const std::string memcpy_here = "memcpy if $arg3 == 777";
  const TraceSummary traced =
      trace(traced_by(GetParam(), {asking, memcpy_here}), {tracee("chosen-static"), "150"});
  ASSERT_EQ(number(traced.run.out, "copies"), 150U) << story(traced);
  ASSERT_EQ(traced.probes.size(), 2U) << story(traced);
  EXPECT_EQ(traced.probes[0].hits, 300U) << story(traced);
  EXPECT_EQ(traced.probes[1].hits, 150U) << story(traced);
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
}

/// The first call that is counted is the first event of its thread; from there on, to its end, the
/// program's number of each kind must be the tracer's.
TEST_P(Chosen, AttachedToBothKindsAreSeenEqually) {
  Background program({tracee("chosen"), "0"});
  std::vector<std::string> args = {binary("sidestep"), "--format", "jsonl", "-c", "-o",
                                   "/dev/stdout"};
  const std::vector<std::string> probes =
      traced_by(GetParam(), {own, copies, "strlen@libc.so* $arg1:string if $arg1:u8 != 0"});
  args.insert(args.end(), probes.begin(), probes.end());
  args.insert(args.end(), {"--duration", "300ms", "-p", std::to_string(program.pid())});
  const RunResult result = run(args);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const TraceSummary traced = parse_summary(last_record(result.out, "summary"));
  ASSERT_EQ(traced.probes.size(), 3U) << result.out << result.err;
  // A round is a copy, a length and two picks: tracing may begin and end within one.
  const auto near = [](std::uint64_t a, std::uint64_t b) { return a <= b + 1 && b <= a + 1; };
  EXPECT_GT(traced.probes[1].hits, 10U) << traced.json;
  EXPECT_TRUE(near(traced.probes[1].hits, traced.probes[2].hits)) << traced.json;
  EXPECT_LE(traced.probes[0].hits, 2 * traced.probes[1].hits + 2) << traced.json;
  EXPECT_GE(traced.probes[0].hits + 2, 2 * traced.probes[1].hits) << traced.json;
  EXPECT_EQ(traced.missed, 0U) << traced.json;
  EXPECT_TRUE(checks_held(program.finish()));
}

INSTANTIATE_TEST_SUITE_P(System, Chosen, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

TEST(ChosenOnce, ListNamesEveryImplementation) {
  const RunResult listed = run({binary("sidestep"), "list", "-x", "pick", tracee("chosen")});
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  for (const char* row : {"pick, pick_none", "pick, pick_slow", "pick, pick_fast"})
    EXPECT_NE(listed.out.find(row), std::string::npos) << listed.out;
  EXPECT_NE(listed.out.find("3 sites: all can be armed"), std::string::npos) << listed.out;
}

TEST(ChosenOnce, WhatIsLeftOutIsEveryImplementation) {
  const TraceSummary traced =
      trace({"-x", "pick*@MAIN", "-x", "main", "-X", "pick@MAIN"}, {tracee("chosen"), "5"});
  EXPECT_TRUE(traced.valid) << story(traced);
  EXPECT_EQ(traced.hits, 1U) << story(traced);
}

}  // namespace
}  // namespace sidestep::test
