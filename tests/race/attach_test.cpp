// Attaching to a program in mid-load and leaving it again: every arrival between its own two
// markers is a hit, nobody sees an EINTR, and afterwards it is as it was: its code, its mappings,
// its threads.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "race/exactness.hpp"
#include "support/background.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

/// tracee/service, ready.
class Service : public Background {
 public:
  explicit Service(const std::string& hot = "2") : Background({tracee("service"), hot}) {
    if (!wait_for("ready=1")) throw std::runtime_error("the service never was ready");
  }
  std::vector<std::string> attach(std::vector<std::string> args) const {
    args.insert(args.end(), {"-p", std::to_string(pid())});
    return args;
  }
};

unsigned cycles(unsigned in_ci) {
  const char* wanted = std::getenv("SIDESTEP_CYCLES");
  return wanted ? static_cast<unsigned>(std::atoi(wanted)) : in_ci;
}

void expect_left_as_found(const Background& service, std::size_t mappings) {
  EXPECT_EQ(changed_code(service.pid()), "");
  EXPECT_EQ(tracer_of(service.pid()), 0);
  EXPECT_EQ(stopped_threads(service.pid()), 0U);
  EXPECT_EQ(mapping_count(service.pid()), mappings);
}

class Attach : public testing::TestWithParam<Mode> {};

/// The service's hot threads meet `target` without end; `windowed` only when told to, so its hits
/// can be compared although the tracer comes and goes in mid-load.
TEST_P(Attach, CountsWhatComesBetweenTwoMarkers) {
  Service service;
  std::size_t mappings = 0;
  for (unsigned i = 0; i < 5; ++i) {
    std::vector<std::string> args = {"sidestep", "-c", "--format", "jsonl", "-o", "/dev/stdout"};
    args[0] = binary("sidestep");
    args.insert(args.end(), GetParam().args.begin(), GetParam().args.end());
    args.insert(args.end(), {"-x", "target", "-x", "windowed"});
    Background tracer(service.attach(args));
    const std::size_t sites = 3;  // and the entry point, which is watched
    while (changed_bytes(service.pid(), "/service") < sites && tracer.running()) continue;
    service.tell("w 1500");
    ASSERT_TRUE(service.wait_for("window=3000")) << service.said();
    kill(tracer.pid(), SIGINT);
    const RunResult run = tracer.finish();
    const TraceSummary traced = parse_summary(last_record(run.out, "summary"));
    ASSERT_TRUE(traced.valid) << run.out;
    EXPECT_EQ(run.exit_code, 0);
    ASSERT_EQ(traced.probes.size(), 2U);
    EXPECT_EQ(traced.probes[1].hits, 3000U) << traced.json;
    EXPECT_EQ(traced.missed, 0U) << traced.json;
    EXPECT_EQ(traced.audit, "held");
    EXPECT_EQ(traced.bystander_stops > 0, GetParam().bystanders_stop) << traced.json;
    if (i == 0) mappings = mapping_count(service.pid());
    expect_left_as_found(service, mappings);
  }
  const RunResult end = service.finish();
  EXPECT_TRUE(checks_held(end)) << end.out;
}

INSTANTIATE_TEST_SUITE_P(Race, Attach, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

/// Short visits, ended by the clock, by a signal, by the number of hits, or before anything was
/// armed.
struct Census {
  std::uint64_t eintr = 0, bystander_stops = 0, hits = 0;
};

Census census(const std::vector<std::string>& mode, unsigned visits) {
  Service service("1");
  Census all;
  std::size_t mappings = 0;
  for (unsigned i = 0; i < visits; ++i) {
    std::vector<std::string> args = {"-x", "target", i % 2 ? "--duration" : "--limit",
                                     i % 2 ? "10ms" : "200"};
    args.insert(args.begin(), mode.begin(), mode.end());
    const TraceSummary traced = trace(service.attach(args), {});
    EXPECT_TRUE(traced.valid) << story(traced);
    EXPECT_EQ(traced.run.exit_code, 0) << story(traced);
    all.bystander_stops += traced.bystander_stops;
    all.hits += traced.hits;
    if (i == 0) mappings = mapping_count(service.pid());
    expect_left_as_found(service, mappings);
  }
  const RunResult end = service.finish();
  EXPECT_TRUE(checks_held(end)) << end.out;
  all.eintr = number(end.out, "eintr").value_or(~0ull);
  std::printf("%u visits: %lu hits, %lu EINTR, %lu bystander stops\n%s", visits, all.hits,
              all.eintr, all.bystander_stops, end.out.c_str());
  return all;
}

TEST(EintrCensus, NobodySeesADisplacedVisit) {
  const Census seen = census({}, cycles(40));
  EXPECT_EQ(seen.eintr, 0U);
  EXPECT_EQ(seen.bystander_stops, 0U);
  EXPECT_GT(seen.hits, 0U);
}

TEST(EintrCensus, AllStopHidesItsOwn) {
  const Census seen = census({"--mode", "all-stop"}, cycles(40));
  EXPECT_EQ(seen.eintr, 0U);
  EXPECT_GT(seen.bystander_stops, 0U);
}

/// The control: the census can see what a stop does.
TEST(EintrCensus, AllStopUnrepairedIsSeen) {
  EXPECT_GT(census({"--mode", "all-stop", "--no-eintr-repair"}, cycles(40)).eintr, 0U);
}

/// Every way to leave, each in the middle of a hot load: nothing stays behind.
class WaysToLeave : public testing::TestWithParam<std::string> {};

TEST_P(WaysToLeave, LeaveNothingBehind) {
  static const std::map<std::string, int> signals = {
      {"INT", SIGINT}, {"TERM", SIGTERM}, {"HUP", SIGHUP}, {"TwiceTERM", SIGTERM}};
  const std::string& way = GetParam();
  Service service;
  run({binary("sidestep"), "-qq", "-c", "-o", "/dev/null", "-x", "target", "--limit", "100", "-p",
       std::to_string(service.pid())});
  const std::size_t mappings = mapping_count(service.pid());
  std::vector<std::string> args = {binary("sidestep"), "-qq", "-x", "target"};
  if (way == "Limit") args.insert(args.end(), {"--limit", "3000", "-o", "/dev/null"});
  if (way == "Duration") args.insert(args.end(), {"--duration", "50ms", "-o", "/dev/null"});
  if (way == "OutputsEnd") args.insert(args.end(), {"-o", "|head -n 20 >/dev/null"});
  if (signals.contains(way)) args.insert(args.end(), {"-o", "/dev/null"});
  Background tracer(service.attach(args));
  if (signals.contains(way)) {
    while (changed_bytes(service.pid(), "/service") == 0 && tracer.running()) continue;
    usleep(20'000);  // of tracing, not a synchronisation
    for (int i = way == "TwiceTERM" ? 2 : 1; i > 0; --i) kill(tracer.pid(), signals.at(way));
  }
  EXPECT_EQ(tracer.finish().exit_code, way == "OutputsEnd" ? 125 : 0);
  expect_left_as_found(service, mappings);
  EXPECT_TRUE(checks_held(service.finish()));
}

INSTANTIATE_TEST_SUITE_P(Race, WaysToLeave,
                         testing::Values("INT", "TERM", "HUP", "TwiceTERM", "Limit", "Duration",
                                         "OutputsEnd"),
                         [](const auto& one) { return one.param; });

/// A cgroup of the freezer, where there is one to be had.
class Freezer {
 public:
  Freezer() {
    std::error_code none;
    std::filesystem::create_directory(path_, none);
  }
  ~Freezer() { rmdir(path_.c_str()); }
  bool usable() const { return std::ofstream(path_ / "cgroup.procs").good(); }
  void take(pid_t pid) { std::ofstream(path_ / "cgroup.procs") << pid; }
  void give_back(pid_t pid) { std::ofstream(path_.parent_path() / "cgroup.procs") << pid; }
  void set(const char* state) { std::ofstream(path_ / "freezer.state") << state; }

 private:
  const std::filesystem::path path_ =
      "/sys/fs/cgroup/freezer/sidestep-test-" + std::to_string(getpid());
};

/// Leaving does not wait for ever for threads that can't run, says so, and takes the traps out.
TEST(AttachFrozen, IsLeftAfterABoundedWait) {
  Freezer freezer;
  if (!freezer.usable()) GTEST_SKIP() << "no freezer cgroup (version 1) can be made here";
  Service service("1");
  freezer.take(service.pid());
  const TemporaryFile events;
  Background tracer(
      service.attach({binary("sidestep"), "-qq", "-o", events.path(), "-x", "windowed"}));
  while (changed_bytes(service.pid(), "/service") == 0 && tracer.running()) continue;
  freezer.set("FROZEN");
  kill(tracer.pid(), SIGINT);
  EXPECT_EQ(tracer.finish().exit_code, 0);
  const std::string said = events.read();
  EXPECT_NE(said.find("frozen by a cgroup"), std::string::npos) << said;
  EXPECT_EQ(changed_code(service.pid()), "");
  freezer.set("THAWED");
  freezer.give_back(service.pid());
  EXPECT_TRUE(checks_held(service.finish()));
}

/// 1 and 2: slots go into the padding behind the code, and are found there again. 3 and 4: mapped.
class Sandboxed : public testing::TestWithParam<const char*> {};

TEST_P(Sandboxed, IsExactAndUnharmed) {
  Background service({tracee("service"), "2", GetParam()});
  ASSERT_TRUE(service.wait_for("ready=1"));
  for (unsigned i = 0; i < 3; ++i) {
    const TraceSummary traced = trace(
        {"-x", "target", "-x", "windowed", "--limit", "2000", "-p", std::to_string(service.pid())},
        {});
    ASSERT_TRUE(traced.valid) << story(traced);
    EXPECT_EQ(traced.hits, 2000U) << story(traced);
    EXPECT_EQ(traced.missed, 0U) << story(traced);
    EXPECT_EQ(tracer_of(service.pid()), 0);
    const bool maps = GetParam()[0] == '3' || GetParam()[0] == '4';
    EXPECT_EQ(scratch_areas(service.pid()) > 0, maps);
  }
  service.tell("w 10");
  EXPECT_TRUE(service.wait_for("window=20"));
  const RunResult end = service.finish();
  EXPECT_TRUE(checks_held(end)) << end.out << " signal " << end.signal;
}

INSTANTIATE_TEST_SUITE_P(Race, Sandboxed, testing::Values("1", "2", "3", "4"));

/// Scratch memory of an earlier session is there already, so hits begin at once; those of the other
/// sites wait for more of it, near the program and near its library, one after the other. Meanwhile
/// their slots have places, but nothing is in them.
TEST(AttachAgain, SlotsAreNotUsedBeforeTheyAreWritten) {
  for (int i = 0; i < 5; ++i) {
    Background rounds({tracee("rounds"), "4"});
    ASSERT_TRUE(rounds.wait_for("ready=1"));
    const std::string pid = std::to_string(rounds.pid());
    trace({"-x", "target", "-x", "site_90000", "--duration", "30ms", "-p", pid}, {});
    const TraceSummary traced =
        trace({"-c", "-x", "target", "-x", "site_9*", "--duration", "100ms", "-p", pid}, {});
    EXPECT_EQ(traced.run.exit_code, 0) << story(traced);
    EXPECT_EQ(traced.missed, 0U) << story(traced);
    EXPECT_GT(traced.hits, 0U);
    const RunResult end = rounds.finish();
    EXPECT_EQ(end.signal, 0);
    EXPECT_TRUE(checks_held(end)) << end.out;
  }
}

/// A stopped process stays stopped, while it is attached to and afterwards, and SIGCONT works.
TEST(AttachStopped, StaysStopped) {
  Service service;
  kill(service.pid(), SIGSTOP);
  int status = 0;
  ASSERT_EQ(waitpid(service.pid(), &status, WUNTRACED), service.pid());
  const std::size_t threads = stopped_threads(service.pid());
  for (unsigned i = 0; i < 5; ++i) {
    const TraceSummary traced = trace(service.attach({"-x", "target", "--duration", "10ms"}), {});
    EXPECT_EQ(traced.run.exit_code, 0) << story(traced);
    EXPECT_EQ(changed_code(service.pid()), "");
    EXPECT_EQ(tracer_of(service.pid()), 0);
    EXPECT_EQ(stopped_threads(service.pid()), threads);
  }
  kill(service.pid(), SIGCONT);
  service.tell("w 10");
  EXPECT_TRUE(service.wait_for("window=20"));
  EXPECT_TRUE(checks_held(service.finish()));
}

/// Stopped in the middle of hits, and left then: it stays stopped, and goes on right.
class LeftStopped : public testing::TestWithParam<Mode> {};

TEST_P(LeftStopped, StaysSoAndGoesOn) {
  Service service;
  for (unsigned i = 0; i < 6; ++i) {
    std::vector<std::string> args = {binary("sidestep"), "-qq", "-c",    "-o",
                                     "/dev/null",        "-x",  "target"};
    args.insert(args.end(), GetParam().args.begin(), GetParam().args.end());
    Background tracer(service.attach(args));
    while (changed_bytes(service.pid(), "/service") < 2 && tracer.running()) continue;
    kill(service.pid(), SIGSTOP);
    kill(tracer.pid(), SIGTERM);
    EXPECT_EQ(tracer.finish().exit_code, 0);
    EXPECT_EQ(changed_code(service.pid()), "");
    EXPECT_EQ(tracer_of(service.pid()), 0);
    int status = 0;
    EXPECT_EQ(waitpid(service.pid(), &status, WUNTRACED), service.pid());
    kill(service.pid(), SIGCONT);
    service.tell("w 10");
    ASSERT_TRUE(service.wait_for("window=20")) << service.said();
  }
  const RunResult end = service.finish();
  EXPECT_TRUE(checks_held(end)) << end.out << " signal " << end.signal;
}

INSTANTIATE_TEST_SUITE_P(Race, LeftStopped, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

// --- programs whose files are not where they say ------------------------------------------------

void expect_traceable(pid_t pid) {
  const TraceSummary traced =
      trace({"-x", "target", "--limit", "500", "-p", std::to_string(pid)}, {});
  EXPECT_EQ(traced.hits, 500U) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
}

TEST(AttachElsewhere, AnExecutableThatWasDeleted) {
  const std::string copy = std::filesystem::temp_directory_path() / "sidestep-deleted";
  std::filesystem::copy_file(tracee("service"), copy,
                             std::filesystem::copy_options::overwrite_existing);
  Background service({copy, "1"});
  ASSERT_TRUE(service.wait_for("ready=1"));
  std::filesystem::remove(copy);
  expect_traceable(service.pid());
  EXPECT_TRUE(checks_held(service.finish()));
}

/// As in a container: other process ids, and a file system that is not ours.
TEST(AttachElsewhere, AnotherPidAndMountNamespace) {
  if (getuid() != 0) GTEST_SKIP() << "needs root, to make the namespaces";
  if (run({"unshare", "--mount", "--pid", "--fork", "true"}).exit_code != 0)
    GTEST_SKIP() << "no mount namespace can be made here (a chroot is not a mount point)";
  Background outside({"unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
                      "mount -t tmpfs none /mnt && cp " + tracee("service") +
                          " /mnt/elsewhere && exec /mnt/elsewhere 1"});
  ASSERT_TRUE(outside.wait_for("ready=1"));
  EXPECT_NE(outside.said().find("pid=1\n"), std::string::npos);
  const auto inside = children_of(outside.pid());
  ASSERT_EQ(inside.size(), 1U);
  expect_traceable(inside[0]);
  EXPECT_TRUE(checks_held(outside.finish()));
}

}  // namespace
}  // namespace sidestep::test
