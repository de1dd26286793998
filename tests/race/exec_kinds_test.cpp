// What a traced program may become, or start as a child: a static program, one with other
// libraries, a setuid one, a 32-bit one, none at all; and a daemon. Followed or not, each runs to
// its own end.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "race/counts_file.hpp"
#include "race/exactness.hpp"

namespace sidestep::test {
namespace {

constexpr unsigned kHot = 2;  // threads of `execs` that an exec may cut off in a call

struct Become {
  const char* how;  // who execs: see tracee/execs.c
  bool follow;
};

void PrintTo(const Become& become, std::ostream* out) {
  *out << become.how << (become.follow ? " followed" : "");
}

class Execs : public testing::TestWithParam<std::tuple<Mode, Become>> {
 protected:
  TraceSummary become(const std::vector<std::string>& program) {
    const auto& [mode, become] = GetParam();
    std::vector<std::string> args = mode.args;
    args.insert(args.end(), {"-x", "target"});
    if (become.follow) args.push_back("-f");
    std::vector<std::string> command = {tracee("execs"), become.how, "300"};
    command.insert(command.end(), program.begin(), program.end());
    return trace(args, command, {.environment = {{"COUNTS", counts_.path()}}});
  }
  bool forks() const { return std::get<1>(GetParam()).how == std::string("fork"); }
  bool traced_on() const { return !forks() || std::get<1>(GetParam()).follow; }

  /// All that the first image counted, and what the second one says that it did.
  void expect_counted(const TraceSummary& traced, std::uint64_t second_image) {
    ASSERT_TRUE(traced.valid) << story(traced);
    const Counts counts = counts_in(counts_);
    EXPECT_GE(counts.done, 300U);
    EXPECT_GE(traced.hits, counts.done + second_image) << story(traced);
    EXPECT_LE(traced.hits, counts.begun + second_image) << story(traced);
    EXPECT_LE(counts.begun - counts.done, kHot);
    EXPECT_EQ(traced.missed, 0U) << story(traced);
    EXPECT_EQ(traced.audit, "held") << story(traced);
  }

  void expect_ended(const TraceSummary& traced, int status) {
    EXPECT_EQ(traced.run.signal, 0) << story(traced);
    EXPECT_EQ(traced.run.exit_code, forks() ? 0 : status) << story(traced);
    if (forks()) {
      EXPECT_EQ(number(traced.run.out, "child_status"), status << 8) << story(traced);
    }
  }

  TemporaryFile counts_;
};

TEST_P(Execs, BecomesAStaticProgram) {
  const TraceSummary traced = become({tracee("spin-static"), "2", "400"});
  EXPECT_EQ(number(traced.run.out, "arrivals"), 800U) << story(traced);
  expect_ended(traced, 0);
  expect_counted(traced, traced_on() ? 800 : 0);
}

TEST_P(Execs, BecomesOneWithOtherLibraries) {
  const TraceSummary traced = become({tracee("spin-shared"), "2", "400"});
  EXPECT_EQ(number(traced.run.out, "arrivals"), 800U) << story(traced);
  expect_ended(traced, 0);
  expect_counted(traced, traced_on() ? 800 : 0);
}

TEST_P(Execs, BecomesOneWithoutTheFunction) {
  const TraceSummary traced = become({"/bin/sh", "-c", "echo arrived=1; exit 5"});
  EXPECT_EQ(number(traced.run.out, "arrived"), 1U) << story(traced);
  expect_ended(traced, 5);
  expect_counted(traced, 0);
}

/// It has nothing to be probed in, and runs to its own end.
TEST_P(Execs, BecomesA32BitProgram) {
  if (run({tracee("elf32")}).exit_code != 32) GTEST_SKIP() << "no 32-bit programs here";
  const TraceSummary traced = become({tracee("elf32")});
  EXPECT_EQ(number(traced.run.out, "from32"), 1U) << story(traced);
  expect_ended(traced, 32);
  expect_counted(traced, 0);
}

TEST_P(Execs, BecomesNothing) {
  const TraceSummary traced = become({"/no/such/program"});
  EXPECT_EQ(number(traced.run.out, "ok"), 1U) << story(traced);
  EXPECT_EQ(traced.run.exit_code, 0) << story(traced);
  const char* key = forks() ? "child_status" : "exec_errno";
  EXPECT_EQ(number(traced.run.out, key), forks() ? 127U << 8 : ENOENT) << story(traced);
  expect_counted(traced, 0);
}

/// A copy that belongs to somebody else and is setuid: root's tracer does not hold it back.
TEST_P(Execs, BecomesASetuidProgram) {
  if (getuid() != 0) GTEST_SKIP() << "needs root, to give a file away";
  const TemporaryFile copy;
  std::filesystem::copy_file(tracee("spin-static"), copy.path(),
                             std::filesystem::copy_options::overwrite_existing);
  ASSERT_EQ(chown(copy.path().c_str(), 65534, 65534), 0);
  ASSERT_EQ(chmod(copy.path().c_str(), 04755), 0);
  const TraceSummary traced = become({copy.path(), "2", "400"});
  EXPECT_EQ(number(traced.run.out, "arrivals"), 800U) << story(traced);
  expect_ended(traced, 0);
  expect_counted(traced, traced_on() ? 800 : 0);
}

/// As under any tracer (execve(2)): it runs on as whoever started it, and is traced.
TEST(UnprivilegedTracer, ASetuidProgramHasNoPrivilegesUnderIt) {
  if (getuid() != 0) GTEST_SKIP() << "needs root, to make a setuid program";
  const TemporaryFile copy;
  std::filesystem::copy_file("/usr/bin/id", copy.path(),
                             std::filesystem::copy_options::overwrite_existing);
  ASSERT_EQ(chmod(copy.path().c_str(), 04755), 0);
  const std::vector<std::string> as_nobody = {"setpriv", "--reuid", "65534",
                                              "--regid", "65534",   "--clear-groups"};
  const auto under = [&](std::vector<std::string> argv) {
    argv.insert(argv.begin(), as_nobody.begin(), as_nobody.end());
    return run(argv);
  };
  if (under({copy.path()}).out.find("euid=0") == std::string::npos)
    GTEST_SKIP() << "setuid has no effect here (a mount with nosuid)";
  const RunResult traced = under({binary("sidestep"), "-c", "-x", "target", "--", tracee("execs"),
                                  "leader", "300", copy.path()});
  EXPECT_EQ(traced.exit_code, 0) << traced.err;
  EXPECT_NE(traced.out.find("uid=65534"), std::string::npos) << traced.out << traced.err;
  EXPECT_EQ(traced.out.find("euid=0"), std::string::npos) << traced.out;
  EXPECT_NE(traced.err.find(" 0 missed"), std::string::npos) << traced.err;
}

std::string name_of(const testing::TestParamInfo<std::tuple<Mode, Become>>& one) {
  const auto& [mode, become] = one.param;
  return mode_name(mode) + "_" + become.how + (become.follow ? "_followed" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Race, Execs,
    testing::Combine(testing::ValuesIn(exact_modes()),
                     testing::Values(Become{"leader", false}, Become{"thread", false},
                                     Become{"thread", true}, Become{"fork", false},
                                     Become{"fork", true})),
    name_of);

/// tracee/daemonize: parents leave with their threads in mid-call, the grandchild reports.
class Daemon : public testing::TestWithParam<Mode> {};

TEST_P(Daemon, Followed) {
  std::vector<std::string> args = GetParam().args;
  args.insert(args.end(), {"-f", "-x", "target"});
  const TraceSummary traced = trace(args, {tracee("daemonize"), "200", "2"});
  ASSERT_TRUE(traced.valid) << story(traced);
  EXPECT_EQ(number(traced.run.out, "ok"), 1U) << story(traced);
  EXPECT_EQ(number(traced.run.out, "own_arrivals"), 400U) << story(traced);
  EXPECT_GE(traced.hits, number(traced.run.out, "arrivals")) << story(traced);
  EXPECT_LE(traced.hits, number(traced.run.out, "begun")) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
}

/// `cat` ends when the daemon, which holds the pipe, has.
TEST_P(Daemon, LetGo) {
  std::string command = binary("sidestep") + " -qq -c -o /dev/null -x target";
  for (const std::string& arg : GetParam().args) command += " " + arg;
  const RunResult all = run({"sh", "-c", command + " -- " + tracee("daemonize") + " 200 2 | cat"});
  EXPECT_EQ(number(all.out, "ok"), 1U) << all.out << all.err;
  EXPECT_EQ(number(all.out, "own_arrivals"), 400U) << all.out;
}

INSTANTIATE_TEST_SUITE_P(Race, Daemon, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
