// Job control while traced: whoever waits for a stop or a continuation is told, nothing runs in
// between, queued signals keep their order, and every arrival is a hit.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "race/exactness.hpp"
#include "support/background.hpp"

namespace sidestep::test {
namespace {

class JobControl : public testing::TestWithParam<Mode> {
 protected:
  std::vector<std::string> with(std::vector<std::string> more) const {
    std::vector<std::string> args = GetParam().args;
    args.insert(args.end(), {"-x", "target"});
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
  std::string rounds() const { return GetParam().bystanders_stop ? "10" : "30"; }
};

/// `jobs` is shell and job in one: stopped by each stop signal in turn, with and without a handler,
/// and continued with a batch of real-time signals pending.
TEST_P(JobControl, AShellAndItsJobAreBothTraced) {
  const TraceSummary traced = trace(with({"-f"}), {tracee("jobs"), "3", rounds()});
  expect_exact(traced);
  EXPECT_GT(traced.hits, 200U) << story(traced);
}

/// The job alone, by attaching to it in the middle; the shell does not know of us.
TEST_P(JobControl, AJobIsAttachedTo) {
  Background jobs({tracee("jobs"), "3", rounds()});
  ASSERT_TRUE(jobs.wait_for("ready=1"));
  const std::string job = std::to_string(number(jobs.said(), "job").value_or(0));
  const TraceSummary traced = trace(with({"-p", job}), {});
  const RunResult end = jobs.finish();
  EXPECT_TRUE(checks_held(end)) << end.out << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
  EXPECT_GT(traced.hits, 0U) << story(traced);
}

/// Attached to and left again and again, whether it is stopped just then or not.
TEST_P(JobControl, AJobIsVisited) {
  Background jobs({tracee("jobs"), "3", "0"});
  ASSERT_TRUE(jobs.wait_for("ready=1"));
  const pid_t job = static_cast<pid_t>(number(jobs.said(), "job").value_or(0));
  for (unsigned i = 0; i < 6; ++i) {
    const TraceSummary traced = trace(with({"--duration", "30ms", "-p", std::to_string(job)}), {});
    EXPECT_EQ(traced.missed, 0U) << story(traced);
    EXPECT_EQ(traced.audit, "held") << story(traced);
    EXPECT_EQ(changed_code(job), "");
  }
  const RunResult end = jobs.finish();
  EXPECT_TRUE(checks_held(end)) << end.out;
}

INSTANTIATE_TEST_SUITE_P(Race, JobControl, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
