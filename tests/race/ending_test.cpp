// Ends that sidestep makes: limits and signals. It detaches with every byte restored while all
// threads are in the hot loop, reports what it promised, and the tracee runs on to its own end.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include "race/exactness.hpp"
#include "race/session.hpp"

namespace sidestep::test {
namespace {

constexpr const char* kForever = "2000000000";  // calls: seconds of running untraced

// The tracee came to its own end, by its own count.
void expect_unharmed(Session& session, std::uint64_t truth) {
  const int status = session.finish_tracee();
  EXPECT_EQ(status, 0) << session.out() << session.err();
  EXPECT_EQ(number(session.out(), "ok"), 1U) << session.out() << session.err();
  EXPECT_EQ(number(session.out(), "arrivals"), truth) << session.out();
}

// It is free and alive, and no int3 is left to trip over: it is ended by us, not by SIGTRAP.
void expect_alive_until_killed(Session& session) {
  ASSERT_EQ(kill(session.tracee(), 0), 0) << session.err();
  EXPECT_EQ(waitpid(session.tracee(), nullptr, WNOHANG), 0) << session.err();
  ASSERT_EQ(kill(session.tracee(), SIGTERM), 0);
  const int status = session.finish_tracee();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) << "wait status " << status;
}

class Ending : public testing::TestWithParam<Mode> {
 protected:
  std::vector<std::string> with(std::vector<std::string> more) const {
    std::vector<std::string> args = GetParam().args;
    args.insert(args.end(), {"-x", "target"});
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
};

class Limit : public testing::TestWithParam<std::tuple<Mode, std::uint64_t>> {};

TEST_P(Limit, ReportsExactlyThatMany) {
  const auto& [mode, limit] = GetParam();
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-x", "target", "--limit", std::to_string(limit)});
  // Long enough to be still running when it has been left: what a tracer reaps nobody else sees.
  Session session(args, {tracee("spin"), "8", "20000000"});
  const int status = session.finish();
  EXPECT_EQ(status, 0) << session.err();
  EXPECT_EQ(session.hits(), limit) << session.err();
  EXPECT_EQ(session.summary().hits, limit) << session.summary().json;
  EXPECT_EQ(session.summary().missed, 0U) << session.summary().json;
  EXPECT_EQ(session.summary().lost, 0U) << session.summary().json;
  expect_unharmed(session, 160'000'000);
}

INSTANTIATE_TEST_SUITE_P(
    Race, Limit, testing::Combine(testing::ValuesIn(exact_modes()), testing::Values(1U, 7U, 1000U)),
    [](const auto& one) {
      return mode_name(std::get<0>(one.param)) + std::to_string(std::get<1>(one.param));
    });

TEST_P(Ending, Duration) {
  Session session(with({"--duration", "200ms"}), {tracee("spin"), "4", "50000000"});
  EXPECT_EQ(session.finish(), 0) << session.err();
  const TraceSummary& summary = session.summary();
  EXPECT_GT(session.hits(), 0U);
  EXPECT_EQ(session.hits(), summary.hits) << summary.json;
  EXPECT_EQ(summary.missed, 0U) << summary.json;
  EXPECT_GE(summary.duration_s, 0.2) << summary.json;
  EXPECT_LT(summary.duration_s, 2) << summary.json;
  expect_unharmed(session, 4 * 50000000UL);
}

TEST_P(Ending, SignalsToUsLetTheTraceeLive) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    Session session(with({}), {tracee("spin"), "4", kForever});
    ASSERT_TRUE(session.read_hits(500)) << session.err();
    ASSERT_EQ(kill(session.sidestep(), signal), 0);
    EXPECT_EQ(session.finish(), 0) << strsignal(signal) << session.err();
    EXPECT_EQ(session.summary().hits, session.hits()) << session.summary().json;
    EXPECT_EQ(session.summary().missed, 0U) << session.summary().json;
    EXPECT_EQ(session.summary().audit, "held") << session.summary().json;
    expect_alive_until_killed(session);
  }
}

TEST_P(Ending, KillOnExitTakesTheTraceeAlong) {
  Session session(with({"--limit", "500", "--kill-on-exit"}), {tracee("spin"), "4", kForever});
  session.finish();
  EXPECT_EQ(session.hits(), 500U) << session.err();
  // Reaped by sidestep, or given to us dead: gone either way.
  const int status = session.finish_tracee();
  EXPECT_TRUE(status == -1 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) << status;
  EXPECT_NE(kill(session.tracee(), 0), 0);
}

TEST_P(Ending, InterimSummary) {
  Session session(with({}), {tracee("spin"), "4", GetParam().bystanders_stop ? "2000" : "20000"});
  ASSERT_TRUE(session.read_hits(500)) << session.err();
  ASSERT_EQ(kill(session.sidestep(), SIGUSR1), 0);
  EXPECT_EQ(session.finish(), 0) << session.err();
  EXPECT_EQ(number(session.out(), "ok"), 1U) << session.out();
  EXPECT_EQ(session.summary().hits, number(session.out(), "arrivals")) << session.summary().json;
  EXPECT_EQ(session.summaries(), 2U) << "one interim, one last";
  const std::string err = session.err();
  const auto first = err.find("--- so far: ");
  ASSERT_NE(first, std::string::npos) << err;
  EXPECT_EQ(err.find("--- so far: ", first + 1), std::string::npos) << err;
}

INSTANTIATE_TEST_SUITE_P(Race, Ending, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
