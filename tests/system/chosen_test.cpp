// Functions that are chosen when the program starts (IFUNC): whichever it was, its calls are the
// hits, under the name that was asked for; launched, linked statically, and attached to.
#include <gtest/gtest.h>

#include <algorithm>

#include "race/exactness.hpp"
#include "support/background.hpp"

namespace sidestep::test {
namespace {

/// The program's own copies are told from others by their size, 777.
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

/// A round is a copy, a length and two picks: tracing may begin and end within one.
TEST_P(Chosen, AttachedToAllKindsAreSeenEqually) {
  Background program({tracee("chosen"), "0"});
  std::vector<std::string> args = {binary("sidestep"), "--format", "jsonl", "-c", "-o",
                                   "/dev/stdout"};
  const std::vector<std::string> probes =
      traced_by(GetParam(), {own, copies, "strlen%return@libc.so* if $retval == 777"});
  args.insert(args.end(), probes.begin(), probes.end());
  args.insert(args.end(), {"--limit", "400", "-p", std::to_string(program.pid())});
  const RunResult result = run(args);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const TraceSummary traced = parse_summary(last_record(result.out, "summary"));
  ASSERT_EQ(traced.probes.size(), 3U) << result.out << result.err;
  const std::uint64_t picks = traced.probes[0].hits, copied = traced.probes[1].hits;
  const std::uint64_t measured = traced.probes[2].returns.value_or(0);
  EXPECT_GE(copied, 98U) << traced.json;
  EXPECT_LE(std::max(copied, measured) - std::min(copied, measured), 1U) << traced.json;
  EXPECT_LE(std::max(picks, 2 * copied) - std::min(picks, 2 * copied), 2U) << traced.json;
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
      trace({"-x", "?pick*@MAIN", "-x", "main@MAIN", "-X", "pick@MAIN"}, {tracee("chosen"), "5"});
  EXPECT_TRUE(traced.valid) << story(traced);
  EXPECT_EQ(traced.hits, 1U) << story(traced);
}

}  // namespace
}  // namespace sidestep::test
