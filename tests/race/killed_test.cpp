// kill -9 of the tracer while it is attached: of the process that the user started, of the one that
// traces, of both. A program may die of it where that can't be helped; it must never live on wrong.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>

#include "race/exactness.hpp"
#include "support/background.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

enum class Victim { Front, Engine, Both };

unsigned rounds(unsigned in_ci) {
  const char* wanted = std::getenv("SIDESTEP_CYCLES");
  return wanted ? static_cast<unsigned>(std::atoi(wanted)) : in_ci;
}

/// The tracing process: the only child of the one that was started.
pid_t engine_of(pid_t front) {
  const std::string list =
      "/proc/" + std::to_string(front) + "/task/" + std::to_string(front) + "/children";
  for (;;) {
    std::ifstream in(list);
    pid_t child = 0;
    if (in >> child) return child;
    if (kill(front, 0) != 0) return 0;
  }
}

struct Fate {
  unsigned died = 0, lived = 0, wrong = 0, unrestored = 0;
};

std::ostream& operator<<(std::ostream& out, const Fate& fate) {
  return out << fate.lived << " lived, " << fate.died << " died of a trap, " << fate.wrong
             << " lived wrong, " << fate.unrestored << " kept a changed byte";
}

/// One service, one tracer, one kill.
void kill_once(Victim victim, const std::string& hot, const std::string& probe, Fate& fate,
               std::mt19937& rng) {
  Background service({tracee("service"), hot});
  ASSERT_TRUE(service.wait_for("ready=1"));
  const TemporaryFile events;
  Background tracer({binary("sidestep"), "-qq", "--format", "jsonl", "-c", "-o", events.path(),
                     "-x", probe, "-p", std::to_string(service.pid())});
  while (changed_bytes(service.pid(), "/service") < 2 && tracer.running()) continue;
  const pid_t engine = engine_of(tracer.pid());
  usleep(static_cast<useconds_t>(rng() % 20'000));  // a random instant, not a synchronisation
  if (victim != Victim::Front) kill(engine, SIGKILL);
  if (victim != Victim::Engine) kill(tracer.pid(), SIGKILL);
  tracer.finish();
  while (tracer_of(service.pid()) > 0)
    continue;  // the engine leaves by itself, or the kernel for it

  const bool free = changed_code(service.pid()).empty();
  service.tell("w 50");
  const bool answers = service.wait_for("window=");
  const RunResult end = service.finish();
  if (end.signal == SIGTRAP) {
    ++fate.died;
  } else if (!answers || !checks_held(end)) {
    ++fate.wrong;
    ADD_FAILURE() << end.out << " signal " << end.signal;
  } else {
    ++fate.lived;
    fate.unrestored += !free;
  }
  if (victim != Victim::Front) return;
  const TraceSummary traced = parse_summary(last_record(events.read(), "summary"));
  EXPECT_TRUE(traced.valid) << "no account was written";
  EXPECT_EQ(traced.missed, 0U) << traced.json;
  EXPECT_EQ(traced.lost, 0U) << traced.json;
}

Fate kill_often(Victim victim, const std::string& hot, const std::string& probe, unsigned times) {
  const unsigned seed = std::random_device{}();
  std::mt19937 rng(seed);
  Fate fate;
  for (unsigned i = 0; i < times; ++i) kill_once(victim, hot, probe, fate, rng);
  std::ostringstream text;
  text << fate;
  std::printf("seed %u: of %u: %s\n", seed, times, text.str().c_str());
  EXPECT_EQ(fate.wrong, 0U);
  return fate;
}

TEST(Killed, TheFrontUnderAHotLoad) {
  const unsigned times = rounds(10);
  EXPECT_EQ(kill_often(Victim::Front, "2", "target", times).lived, times);
}

TEST(Killed, TheEngineWhileNobodyArrives) {
  const unsigned times = rounds(10);
  const Fate fate = kill_often(Victim::Engine, "1", "windowed", times);
  EXPECT_EQ(fate.lived, times);
  EXPECT_EQ(fate.unrestored, 0U);
}

TEST(Killed, TheEngineUnderAServicesLoad) {
  kill_often(Victim::Engine, "0", "target", rounds(10));
}

TEST(Killed, TheEngineUnderAHotLoad) {
  kill_often(Victim::Engine, "2", "target", rounds(10));
}

/// The control: with nobody left to do it, the bytes stay.
TEST(Killed, BothLeaveTheTraps) {
  const Fate fate = kill_often(Victim::Both, "1", "windowed", rounds(5));
  EXPECT_EQ(fate.lived, 0U);
}

}  // namespace
}  // namespace sidestep::test
