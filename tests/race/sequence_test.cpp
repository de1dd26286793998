// Restartable sequences (rseq) that no file declares: a site in one is seen only when a thread
// comes by. It must be aborted, as the kernel would, and never be run outside of its sequence.
#include <gtest/gtest.h>

#include "race/exactness.hpp"
#include "race/visit.hpp"

namespace sidestep::test {
namespace {

class Sequence : public testing::TestWithParam<Mode> {
 protected:
  TraceSummary traced(const std::string& probe, std::vector<std::string> command) {
    std::vector<std::string> args = GetParam().args;
    args.insert(args.end(), {"-x", probe});
    command.insert(command.begin(), tracee("sequence"));
    return trace(args, command);
  }
};

// A thread that is preempted right before the trap instruction is aborted there without a trap, and
// nobody can tell: seen once in 16,000 arrivals on a busy machine. So hits may be a few less than
// aborts, never more.
void expect_each_is_a_hit(const TraceSummary& traced, const RunResult& program) {
  EXPECT_TRUE(checks_held(program)) << program.out;
  EXPECT_EQ(number(program.out, "aborts"), 200U) << program.out << story(traced);
  EXPECT_EQ(number(program.out, "commits"), 0U) << program.out;
  EXPECT_LE(traced.hits, 200U) << story(traced);
  EXPECT_GE(traced.hits, 190U) << story(traced);
  EXPECT_EQ(traced.completed, 0U) << story(traced);  // undone, every one
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
}

TEST_P(Sequence, EachArrivalInsideIsAborted) {
  const TraceSummary run = traced("in_sequence", {"200"});
  expect_each_is_a_hit(run, run.run);
}

// The control: at its way in, outside, nothing is aborted.
TEST_P(Sequence, ArrivalsOutsideAreNot) {
  const TraceSummary run = traced("sequence_run", {"200"});
  expect_exact(run, 200);
  EXPECT_GT(number(run.run.out, "commits").value_or(0), 190U) << story(run);
  EXPECT_EQ(run.completed, 200U) << story(run);
}

// A program that tries again until it succeeds would do so for ever.
TEST_P(Sequence, ARetryingProgramIsNotHeldForEver) {
  const TraceSummary run = traced("in_sequence", {"50", "--retry"});
  ASSERT_TRUE(run.valid) << story(run);
  EXPECT_TRUE(checks_held(run.run)) << story(run);
  EXPECT_GE(number(run.run.out, "commits"), 50U);
  EXPECT_GE(run.hits, 10000U) << story(run);
  EXPECT_FALSE(run.missed.has_value()) << story(run);
  EXPECT_NE(run.audit.find("restartable sequence"), std::string::npos) << story(run);
}

INSTANTIATE_TEST_SUITE_P(Race, Sequence, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

TEST(SequenceAttached, IsAbortedToo) {
  Background program({tracee("sequence"), "200", "--wait"});
  ASSERT_TRUE(program.wait_for("ready=1"));
  Visit visit(program.pid(), {"-x", "in_sequence"});
  ASSERT_TRUE(visit.armed());
  program.tell("go");
  const RunResult end = program.finish();
  const TraceSummary traced = visit.finish();
  expect_each_is_a_hit(traced, end);
  EXPECT_NE(last_record(traced.run.out, "gap").find("restartable sequence"), std::string::npos);
}

}  // namespace
}  // namespace sidestep::test
