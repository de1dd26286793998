// What a user should know about what the probes match, told before the first event and once: else
// nothing but a count that is too small would show it.
#include <gtest/gtest.h>

#include <algorithm>

#include "race/exactness.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

RunResult sidestep(std::vector<std::string> args) {
  args.insert(args.begin(), binary("sidestep"));
  RunResult result = run(args);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(checks_held(result)) << result.out;
  return result;
}

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(words, at)) != std::string::npos; ++at) ++found;
  return found;
}

const std::string inlined =
    "-x 'step': step in inlined can't be a site: it exists only inlined (2 places): write "
    "step%inline";

// libc has a `step` too, so the probe matches; but not where it was meant to.
TEST(Notes, AFunctionOnlyInlinedIsNotSilentlyAnother) {
  const RunResult result = sidestep({"-x", "step", tracee("inlined")});
  EXPECT_EQ(count(result.err, "--- " + inlined + " ---\n"), 1U) << result.err;
  EXPECT_NE(result.err.find("\n--- 0 hits"), std::string::npos) << result.err;
}

TEST(Notes, WhatItSaysToWriteIsRight) {
  const RunResult result = sidestep({"-q", "-x", "step%inline@MAIN", tracee("inlined"), "5"});
  EXPECT_NE(result.err.find("--- 10 hits, 10 completed"), std::string::npos) << result.err;
  EXPECT_EQ(number(result.out, "arrivals"), 10U) << result.out;
}

/// x is 1, 3x + 1 each time, and one more in the second loop.
TEST(Notes, InlinedInstancesHaveTheirParameters) {
  const RunResult result =
      sidestep({"-q", "-x", "step%inline@MAIN $params", tracee("inlined"), "2"});
  for (const char* call : {"step(x=1)\n", "step(x=4)\n", "step(x=13)\n", "step(x=41)\n"})
    EXPECT_EQ(count(result.err, call), 1U) << result.err;
}

TEST(Notes, StandBeforeTheEvents) {
  const RunResult result = sidestep({"-x", "step", "-x", "main", tracee("inlined")});
  const std::size_t note = result.err.find(inlined), event = result.err.find("[pid ");
  ASSERT_NE(event, std::string::npos) << result.err;
  EXPECT_LT(note, event) << result.err;
}

TEST(Notes, ALineWithoutCodeSaysWhichIsProbed) {
  const RunResult result = sidestep({"-x", "inlined.c:1", tracee("inlined")});
  EXPECT_EQ(count(result.err, "--- inlined.c:1 has no code: line "), 1U) << result.err;
}

TEST(Notes, GoToStandardErrorWhereTheEventsDoNot) {
  const TemporaryFile events;
  const RunResult result = sidestep({"-c", "-o", events.path(), "-x", "step", tracee("inlined")});
  EXPECT_EQ(count(result.err, inlined), 1U) << result.err;
  EXPECT_EQ(count(events.read(), inlined), 0U) << events.read();
}

TEST(Notes, AreInTheStartRecord) {
  const TemporaryFile events;
  sidestep({"--format", "jsonl", "-o", events.path(), "-x", "step", tracee("inlined")});
  const std::string text = events.read();
  EXPECT_EQ(count(text.substr(0, text.find('\n')), R"("notes":[")" + inlined + R"("])"), 1U)
      << text;
}

TEST(Notes, QuietLeavesThemOut) {
  const RunResult result = sidestep({"-q", "-x", "step", "-x", "inlined.c:1", tracee("inlined")});
  EXPECT_EQ(count(result.err, inlined), 0U) << result.err;
  EXPECT_EQ(count(result.err, "has no code"), 0U) << result.err;
}

// Of many only one is told, and how many more there are.
TEST(Notes, APatternIsOneNote) {
  const RunResult result = sidestep({"-x", "mem*@libc.so*", tracee("inlined")});
  EXPECT_EQ(count(result.err, "IFUNC"), 1U) << result.err;
  EXPECT_EQ(count(result.err, " functions are chosen at run time"), 1U) << result.err;
}

}  // namespace
}  // namespace sidestep::test
