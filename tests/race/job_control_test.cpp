// Job control while traced: whoever waits for a stop or a continuation is told, nothing runs in
// between, queued signals keep their order, and every arrival is a hit.
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
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

/// A shell's part: `argv` as the foreground job of a terminal, and what becomes of it told there.
[[noreturn]] void run_as_job(std::vector<const char*> argv) {
  argv.push_back(nullptr);
  const pid_t job = fork();
  if (job == 0) {
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(0, getpid());
    signal(SIGTTOU, SIG_DFL);
    execv(argv[0], const_cast<char* const*>(argv.data()));
    _exit(127);
  }
  signal(SIGTTOU, SIG_IGN);
  for (int status = 0; waitpid(job, &status, WUNTRACED | WCONTINUED) == job;) {
    if (WIFSTOPPED(status)) dprintf(1, "\njob=%d\nstopped=%d\n", job, WSTOPSIG(status));
    if (WIFCONTINUED(status)) dprintf(1, "continued=1\n");
    if (WIFEXITED(status)) dprintf(1, "status=%d\n", WEXITSTATUS(status));
  }
  _exit(0);
}

class Terminal {
 public:
  explicit Terminal(const std::vector<std::string>& argv) {
    std::vector<const char*> words;
    for (const std::string& word : argv) words.push_back(word.c_str());
    shell_ = forkpty(&fd_, nullptr, nullptr, nullptr);
    if (shell_ == 0) run_as_job(words);
  }
  ~Terminal() {
    close(fd_);
    waitpid(shell_, nullptr, 0);
  }
  void type(const std::string& keys) { ASSERT_GT(write(fd_, keys.data(), keys.size()), 0); }
  const std::string& shown() const { return shown_; }
  /// False: it is not shown in half a minute, or nothing ever will be.
  bool wait_for(const std::string& text) {
    while (shown_.find(text) == std::string::npos) {
      pollfd ready{fd_, POLLIN, 0};
      char buffer[4096];
      if (poll(&ready, 1, 30'000) <= 0) return false;
      const ssize_t n = read(fd_, buffer, sizeof buffer);
      if (n <= 0) return false;
      for (ssize_t i = 0; i < n; ++i)
        if (buffer[i] != '\r') shown_ += buffer[i];
    }
    return true;
  }

 private:
  int fd_ = -1;
  pid_t shell_ = -1;
  std::string shown_;
};

/// The key, not a signal of ours: it stops whatever is in the foreground, both of our processes
/// too.
TEST_P(JobControl, StopsByCtrlZAtATerminal) {
  const TemporaryFile events;
  std::vector<std::string> argv = {binary("sidestep"), "-qq", "--format", "jsonl", "-c", "-o",
                                   events.path(),      "-x",  "windowed"};
  argv.insert(argv.end(), GetParam().args.begin(), GetParam().args.end());
  argv.insert(argv.end(), {"--", tracee("service"), "2"});
  Terminal terminal(argv);
  ASSERT_TRUE(terminal.wait_for("ready=1\n")) << terminal.shown();
  terminal.type("\x1a");
  ASSERT_TRUE(terminal.wait_for("stopped=20\n")) << terminal.shown();  // SIGTSTP
  const auto job = static_cast<pid_t>(number(terminal.shown(), "job").value_or(0));
  const auto service = static_cast<pid_t>(number(terminal.shown(), "pid").value_or(0));
  terminal.type("w 50\n");
  for (int i = 0; i < 3000 && stopped_threads(service) < 14; ++i) usleep(10'000);
  EXPECT_EQ(stopped_threads(service), 14U) << "2 hot ones, 10 that sleep, a ringer, and main";
  ASSERT_GT(job, 1);
  kill(-job, SIGCONT);
  EXPECT_TRUE(terminal.wait_for("continued=1\n")) << terminal.shown();
  EXPECT_TRUE(terminal.wait_for("window=100\n")) << terminal.shown();
  terminal.type("q\n");
  EXPECT_TRUE(terminal.wait_for("status=0\n")) << terminal.shown();
  const TraceSummary traced = parse_summary(last_record(events.read(), "summary"));
  EXPECT_EQ(traced.hits, 100U) << traced.json;
  EXPECT_EQ(traced.missed, 0U) << traced.json;
  EXPECT_EQ(traced.audit, "held") << traced.json;
}

/// Attached: the program is no job of that terminal, and goes on, exact as before.
TEST(CtrlZ, StopsNobodyWhoIsAttachedTo) {
  Background service({tracee("service"), "2"});
  ASSERT_TRUE(service.wait_for("ready=1"));
  const TemporaryFile events;
  Terminal terminal({binary("sidestep"), "-qq", "--format", "jsonl", "-c", "-o", events.path(),
                     "-x", "windowed", "-p", std::to_string(service.pid())});
  while (changed_bytes(service.pid(), "/service") == 0) continue;
  terminal.type("\x1a");
  ASSERT_TRUE(terminal.wait_for("stopped=20\n")) << terminal.shown();
  service.tell("w 50");
  EXPECT_TRUE(service.wait_for("window=100"));
  const auto job = static_cast<pid_t>(number(terminal.shown(), "job").value_or(0));
  ASSERT_GT(job, 1);
  kill(-job, SIGCONT);
  terminal.type("\x03");
  EXPECT_TRUE(terminal.wait_for("status=0\n")) << terminal.shown();
  const TraceSummary traced = parse_summary(last_record(events.read(), "summary"));
  EXPECT_EQ(traced.hits, 100U) << traced.json;
  EXPECT_EQ(traced.missed, 0U) << traced.json;
  EXPECT_EQ(changed_code(service.pid()), "");
  EXPECT_TRUE(checks_held(service.finish()));
}

INSTANTIATE_TEST_SUITE_P(Race, JobControl, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
