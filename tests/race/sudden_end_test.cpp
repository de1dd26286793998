// Ends in the middle of everything, threads' and the program's: the books balance, the hits lie
// between the calls that were begun and those that were done, and the exit status is the program's.
#include <gtest/gtest.h>
#include <signal.h>

#include "race/counts_file.hpp"
#include "race/exactness.hpp"
#include "support/background.hpp"

namespace sidestep::test {
namespace {

constexpr unsigned kThreads = 4, kDeaths = 60;

struct End {
  const char* way;
  int exit_code, signal;
};

void PrintTo(const End& end, std::ostream* out) {
  *out << end.way;
}

class SuddenEnd : public testing::TestWithParam<std::tuple<Mode, End>> {
 protected:
  std::vector<std::string> args() const {
    std::vector<std::string> args = std::get<0>(GetParam()).args;
    args.insert(args.end(), {"-x", "target"});
    return args;
  }
  std::vector<std::string> command(const TemporaryFile& counts) const {
    return {tracee("dying"), counts.path(), std::get<1>(GetParam()).way, std::to_string(kThreads),
            "500"};
  }
};

void expect_in_between(const TraceSummary& traced, const Counts& counts, unsigned cut_off) {
  EXPECT_LE(counts.begun - counts.done, cut_off);
  EXPECT_LE(traced.hits, counts.begun) << story(traced);
  EXPECT_GE(traced.hits, counts.done) << story(traced);
  EXPECT_LE(traced.completed, traced.hits) << story(traced);
  EXPECT_GE(traced.completed, counts.done) << story(traced);
}

void expect_balanced(const TraceSummary& traced) {
  ASSERT_TRUE(traced.valid) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
}

TEST_P(SuddenEnd, OfALaunchedProgram) {
  const End& end = std::get<1>(GetParam());
  for (unsigned i = 0; i < 2; ++i) {
    const TemporaryFile counts;
    const TraceSummary traced = trace(args(), command(counts));
    EXPECT_EQ(traced.run.exit_code, end.exit_code) << story(traced);
    EXPECT_EQ(traced.run.signal, end.signal) << story(traced);
    expect_balanced(traced);
    const bool deaths = std::string(end.way) == "threads";
    expect_in_between(traced, counts_in(counts), kThreads + (deaths ? kDeaths : 0));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Race, SuddenEnd,
    testing::Combine(testing::ValuesIn(exact_modes()),
                     testing::Values(End{"exit_group", 9, 0}, End{"return", 9, 0},
                                     End{"kill", -1, SIGKILL}, End{"tgkill", -1, SIGTERM},
                                     End{"segv", -1, SIGSEGV}, End{"abort", -1, SIGABRT},
                                     End{"trap", -1, SIGTRAP}, End{"threads", 9, 0})),
    [](const auto& one) {
      return mode_name(std::get<0>(one.param)) + "_" + std::get<1>(one.param).way;
    });

/// Killed by somebody else, while attached to: sidestep's own status is 0.
class KilledWhileHot : public testing::TestWithParam<Mode> {};

TEST_P(KilledWhileHot, TheBooksBalance) {
  for (const int signal : {SIGKILL, SIGTRAP}) {
    const TemporaryFile counts, events;
    Background program({tracee("dying"), counts.path(), "wait", "4"});
    ASSERT_TRUE(program.wait_for("ready=1"));
    std::vector<std::string> argv = {binary("sidestep"), "-qq", "--format", "jsonl", "-c", "-o",
                                     events.path(),      "-x",  "target"};
    argv.insert(argv.end(), GetParam().args.begin(), GetParam().args.end());
    argv.insert(argv.end(), {"-p", std::to_string(program.pid())});
    Background tracer(argv);
    while (scratch_areas(program.pid()) == 0 && changed_bytes(program.pid(), "/dying") < 2 &&
           tracer.running())
      continue;
    const Counts before = counts_in(counts);
    while (counts_in(counts).done < before.done + 300) continue;
    kill(program.pid(), signal);
    EXPECT_EQ(tracer.finish().exit_code, 0);
    EXPECT_EQ(program.finish().signal, signal);
    const TraceSummary traced = parse_summary(last_record(events.read(), "summary"));
    expect_balanced(traced);
    EXPECT_GT(traced.hits, 0U) << traced.json;
    EXPECT_LE(traced.hits, counts_in(counts).begun) << traced.json;
  }
}

INSTANTIATE_TEST_SUITE_P(Race, KilledWhileHot, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
