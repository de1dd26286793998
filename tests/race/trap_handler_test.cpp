// --trap-handler: the program goes on without a tracer, with the traps still in it; and while there
// is one, the handler changes nothing.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <random>
#include <set>
#include <sstream>

#include "race/exactness.hpp"
#include "support/background.hpp"

namespace sidestep::test {
namespace {

/// Every case of `insns` but those that need a tracer (popf: of one byte, and its own twin) and
/// those that bring a SIGTRAP handler of their own.
std::vector<std::string> cases_without_traps() {
  static const std::set<std::string> left_out = {
      "popf",         "ud2",           "hlt",       "int3",    "div",
      "segv_load",    "segv_rep",      "segv_call", "popf_tf", "stepped_lea",
      "stepped_call", "stepped_pushf", "call_wild"};
  std::istringstream list(run({tracee("insns"), "--list"}).out);
  std::vector<std::string> names;
  for (std::string name; list >> name;)
    if (!left_out.contains(name)) names.push_back(name);
  return names;
}

std::vector<std::string> insns(const std::string& calls) {
  std::vector<std::string> command = {tracee("insns"), "4", calls};
  for (const std::string& name : cases_without_traps()) command.push_back(name);
  return command;
}

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(TrapHandler, ChangesNothingWhileThereIsATracer) {
  const TraceSummary traced = trace({"--trap-handler", "-x", "insn_*"}, insns("50"));
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  auto hits = function_hits(traced);
  for (const std::string& name : cases_without_traps())
    EXPECT_EQ(hits["insn_" + name], number(traced.run.out, "insn_" + name)) << name;
}

/// The tracer is killed at a random instant; every instruction class then runs by the handler.
TEST(TrapHandler, EveryInstructionGoesOnWithoutATracer) {
  std::mt19937 rng(std::random_device{}());
  for (const char* step : {"boosted", "single"})
    for (int round = 0; round < 3; ++round) {
      Background tracer(std::vector<std::string>{binary("sidestep"), "-qq", "-c", "-o", "/dev/null",
                                                 "--no-guardian", "--trap-handler", "--step", step,
                                                 "-x", "insn_*", "--"} +
                        insns("40"));
      const auto children = [&] { return children_of(tracer.pid()); };
      while (tracer.running() && (children().empty() || !catches(children()[0], SIGTRAP))) continue;
      usleep(static_cast<useconds_t>(rng() % 100'000));  // a random instant
      kill(tracer.pid(), SIGKILL);
      const RunResult end = tracer.finish();  // reads what the program has to say, to its end
      EXPECT_EQ(number(end.out, "ok"), 1U) << step << "\n" << end.out;
      EXPECT_EQ(number(end.out, "wrong"), 0U) << step << "\n" << end.out;
    }
}

/// A SIGTRAP that is no trap of ours kills as it would have, with a tracer and after it.
TEST(TrapHandler, ASentTrapStillKills) {
  for (const char* limit : {"1000000000", "100"}) {
    Background service({tracee("service"), "1"});
    ASSERT_TRUE(service.wait_for("ready=1"));
    Background tracer({binary("sidestep"), "-qq", "-c", "-o", "/dev/null", "--trap-handler",
                       "--limit", limit, "-x", "target", "-p", std::to_string(service.pid())});
    while (tracer.running() && !catches(service.pid(), SIGTRAP)) continue;
    if (limit[3] == '\0') tracer.finish();
    kill(service.pid(), SIGTRAP);
    EXPECT_EQ(service.finish().signal, SIGTRAP) << limit;
  }
}

/// A later session finds the handler of an earlier one, and maps nothing more.
TEST(TrapHandler, IsFoundAgain) {
  Background service({tracee("service"), "1"});
  ASSERT_TRUE(service.wait_for("ready=1"));
  const auto visit = [&](const char* probe) {
    const RunResult end = run({binary("sidestep"), "-q", "-c", "-o", "/dev/null", "--trap-handler",
                               "--limit", "50", "-x", probe, "-p", std::to_string(service.pid())});
    EXPECT_EQ(end.exit_code, 0) << end.err;
    EXPECT_EQ(end.err.find("--trap-handler"), std::string::npos) << end.err;
  };
  visit("target");
  const std::size_t mappings = mapping_count(service.pid());
  for (int i = 0; i < 10; ++i) visit(i % 2 ? "in_*" : "target");
  EXPECT_EQ(mapping_count(service.pid()), mappings);

  Background last({binary("sidestep"), "-qq", "-c", "-o", "/dev/null", "--no-guardian", "-x",
                   "in_poll", "-p", std::to_string(service.pid())});
  while (last.running() && changed_bytes(service.pid(), "/service") == 0) continue;
  usleep(5'000);  // an instant like any other
  kill(last.pid(), SIGKILL);
  last.finish();
  EXPECT_GT(changed_bytes(service.pid(), "/service"), 0U);
  visit("target");  // takes out what the killed one has left
  EXPECT_EQ(changed_code(service.pid()), "");
  service.tell("w 50");
  EXPECT_TRUE(service.wait_for("window="));
  EXPECT_TRUE(checks_held(service.finish()));
}

/// A program with such a handler keeps it, and is told so.
TEST(TrapHandler, AProgramsOwnComesFirst) {
  Background program({tracee("insns"), "2", "100000000", "div"});
  while (program.running() && !catches(program.pid(), SIGTRAP)) continue;
  const RunResult end = run({binary("sidestep"), "--trap-handler", "--limit", "100", "-x",
                             "insn_div", "-p", std::to_string(program.pid())});
  EXPECT_NE(end.err.find("handles or ignores SIGTRAP itself"), std::string::npos) << end.err;
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_TRUE(program.running());
}

/// Where slots are in the padding behind the code, so is the handler; or it is said that it isn't.
TEST(TrapHandler, UnderAFilterItIsSetOrSaidNotToBe) {
  Background service({tracee("service"), "2", "2"});  // refuses mmap
  ASSERT_TRUE(service.wait_for("ready=1"));
  const RunResult end = run({binary("sidestep"), "--trap-handler", "--limit", "1000", "-x",
                             "target", "-p", std::to_string(service.pid())});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  const bool said = end.err.find("--trap-handler") != std::string::npos;
  EXPECT_NE(said, catches(service.pid(), SIGTRAP)) << end.err;
  EXPECT_TRUE(checks_held(service.finish()));
}

}  // namespace
}  // namespace sidestep::test
