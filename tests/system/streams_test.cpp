// What passes through: exit status and signal, the tracee's three streams, its command line.
#include <gtest/gtest.h>

#include <csignal>

#include "race/exactness.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

// Optional: the shell has no such function.
RunResult traced(std::vector<std::string> command, const RunOptions& options = {}) {
  const TemporaryFile events;
  command.insert(command.begin(), {binary("sidestep"), "-qq", "-c", "-o", events.path(), "-x",
                                   "?no_such_function", "--"});
  return run(command, options);
}

TEST(Streams, ExitStatusIsTheCommands) {
  for (const int status : {0, 1, 3, 120, 125, 255})
    EXPECT_EQ(traced({"sh", "-c", "exit " + std::to_string(status)}).exit_code, status);
}

TEST(Streams, DiesOfTheCommandsSignal) {
  for (const int signal : {SIGTERM, SIGKILL, SIGUSR1}) {
    const RunResult result = traced({"sh", "-c", "kill -" + std::to_string(signal) + " $$"});
    EXPECT_EQ(result.signal, signal) << result.err;
  }
  EXPECT_EQ(traced({"sh", "-c", "ulimit -c 0; kill -SEGV $$"}).signal, SIGSEGV);
}

TEST(Streams, AreUntouched) {
  const std::string text = "one line\nand another, without an end";
  const RunResult result = traced({"sh", "-c", "cat; echo to stderr >&2"}, {.input = text});
  EXPECT_EQ(result.out, text);
  EXPECT_EQ(result.err, "to stderr\n");
  EXPECT_EQ(result.exit_code, 0);
}

TEST(Streams, EnvironmentIsTheSame) {
  const RunOptions options = {.environment = {{"SIDESTEP_TEST", "a b"}, {"_", ""}}};
  EXPECT_EQ(traced({"env"}, options).out, run({"env"}, options).out);
}

TEST(Streams, OptionsBehindTheCommandAreItsOwn) {
  const RunResult plain = run({"ls", "-l", "--help"});
  const RunResult result =
      run({binary("sidestep"), "-qq", "-x", "?no_such_function", "ls", "-l", "--help"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, plain.out);
  EXPECT_EQ(run({binary("sidestep"), "-qq", "-x", "?f", "echo", "-x", "-p", "1", "--", "-o"}).out,
            "-x -p 1 -- -o\n");
}

TEST(Streams, StrictSaysWhatLiftCannotKnow) {
  const std::vector<std::string> command = {tracee("spin"), "4", "200"};
  EXPECT_EQ(trace({"--strict", "--mode", "lift", "-x", "target"}, command).run.exit_code, 120);
  EXPECT_EQ(trace({"--strict", "-x", "target"}, command).run.exit_code, 0);
}

TEST(Streams, TheAccountIsTheLastLine) {
  const RunResult result = run({binary("sidestep"), "-x", "target", tracee("spin"), "2", "10"});
  EXPECT_EQ(result.exit_code, 0);
  const auto at = result.err.rfind("\n--- 20 hits, 20 completed, 0 missed, 0 lost; 0 bystander");
  ASSERT_NE(at, std::string::npos) << result.err;
  EXPECT_EQ(result.err.find('\n', at + 1), result.err.size() - 1) << result.err;
  EXPECT_EQ(number(result.out, "arrivals"), 20U) << result.out;
}

}  // namespace
}  // namespace sidestep::test
