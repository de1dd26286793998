// Job control while traced: whoever waits for a stop or a continuation is told, nothing runs in
// between, queued signals keep their order, and every arrival is a hit.
#include <gtest/gtest.h>
#include <unistd.h>

#include "race/exactness.hpp"
#include "support/background.hpp"
#include "support/temporary_file.hpp"

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
  EXPECT_GT(traced.hits, 100U) << story(traced);
}

/// The job alone, attached to in the middle and traced to its end; the shell does not know of us.
TEST_P(JobControl, AJobIsAttachedTo) {
  Background jobs({tracee("jobs"), "3", "0"});
  ASSERT_TRUE(jobs.wait_for("ready=1"));
  const pid_t job = static_cast<pid_t>(number(jobs.said(), "job").value_or(0));
  const TemporaryFile events;
  std::vector<std::string> argv = {
      binary("sidestep"), "-qq", "--format",         "jsonl", "-c", "-o",
      events.path(),      "-p",  std::to_string(job)};
  for (const std::string& arg : with({})) argv.push_back(arg);
  Background tracer(argv);
  while (changed_bytes(job, "/jobs") < 2 && tracer.running()) continue;
  usleep(200'000);  // some rounds of it, not a synchronisation
  const RunResult end = jobs.finish();
  EXPECT_TRUE(checks_held(end)) << end.out;
  EXPECT_EQ(tracer.finish().exit_code, 0);
  const TraceSummary traced = parse_summary(last_record(events.read(), "summary"));
  EXPECT_EQ(traced.missed, 0U) << traced.json;
  EXPECT_EQ(traced.audit, "held") << traced.json;
  EXPECT_GT(traced.hits, 0U) << traced.json;
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
