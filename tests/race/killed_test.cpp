// kill -9 of the tracer while it is attached: of the process that the user started, of the one that
// traces, of both. A program may die of it where that can't be helped; it must never live on wrong.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>

#include "race/exactness.hpp"
#include "support/background.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

/// Of the two processes of sidestep; Only: with --no-guardian there is one.
enum class Victim { Front, Engine, Both, Only };

/// What has to become of the program: it lives with its own bytes, or with traps in it; it dies at
/// the next arrival; or that depends on who has just trapped, and is reported.
enum class Ends { Well, WithTraps, Badly, ByLuck };

struct Scene {
  const char* name;
  Victim victim;
  const char* hot;  // threads that do nothing but arrive
  const char* probe;
  bool handler;  // --trap-handler
  Ends ends;
};

void PrintTo(const Scene& scene, std::ostream* out) {
  *out << scene.name;
}

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
  unsigned died = 0, died_on_errand = 0, lived = 0, wrong = 0, unrestored = 0;
};

std::ostream& operator<<(std::ostream& out, const Fate& fate) {
  return out << fate.lived << " lived, " << fate.died << " died of a trap, " << fate.died_on_errand
             << " of an errand, " << fate.wrong << " lived wrong, " << fate.unrestored
             << " kept a changed byte";
}

std::vector<std::string> tracer_for(pid_t service, const Scene& scene, const std::string& events) {
  std::vector<std::string> argv = {binary("sidestep"),
                                   "-qq",
                                   "--format",
                                   "jsonl",
                                   "-c",
                                   "-o",
                                   events,
                                   "-x",
                                   scene.probe,
                                   "-p",
                                   std::to_string(service)};
  if (scene.handler) argv.insert(argv.begin() + 1, "--trap-handler");
  if (scene.victim == Victim::Only) argv.insert(argv.begin() + 1, "--no-guardian");
  return argv;
}

/// The lines `key` of /proc/PID/task/*/status.
std::vector<std::string> status_lines(pid_t pid, const std::string& key) {
  std::vector<std::string> found;
  std::error_code gone;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with(key)) found.push_back(line);
  }
  return found;
}

/// A thread makes a system call for the tracer: it has the mask of a hold, all signals but those
/// that an instruction can raise.
bool is_on_an_errand(pid_t service) {
  const auto masks = status_lines(service, "SigBlk:");
  return std::count(masks.begin(), masks.end(), "SigBlk:\tffffffffbffbfa27") > 0;
}

/// All of its threads, by SIGSTOP.
void stop_and_wait(pid_t pid) {
  kill(pid, SIGSTOP);
  const auto stopped = [](const std::string& line) { return line.starts_with("State:\tT"); };
  for (;;) {
    const auto states = status_lines(pid, "State:");
    if (std::all_of(states.begin(), states.end(), stopped)) return;
  }
}

/// The handler is set by the first thread that traps. Killed before it is back from that, it dies.
bool is_set_up(pid_t service, const Scene& scene) {
  if (!scene.handler) return changed_bytes(service, "/service") >= 2;
  return catches(service, SIGTRAP) && !is_on_an_errand(service);
}

/// A thread was in the middle of an errand: its registers lead nowhere.
bool died_on_errand(const RunResult& end) {
  return end.signal == SIGBUS;
}
bool died_of_a_kill(const RunResult& end) {
  return end.signal == SIGTRAP || died_on_errand(end);
}

void kill_tracer(pid_t front, Victim victim) {
  const pid_t engine = victim == Victim::Only ? front : engine_of(front);
  if (victim == Victim::Both) kill(front, SIGSTOP);  // or it might be quick enough to repair
  if (victim != Victim::Front) kill(engine, SIGKILL);
  if (victim != Victim::Engine) kill(front, SIGKILL);
}

/// One service, one tracer, one kill.
void kill_once(const Scene& scene, Fate& fate, std::mt19937& rng) {
  Background service({tracee("service"), scene.hot});
  ASSERT_TRUE(service.wait_for("ready=1"));
  const TemporaryFile events;
  Background tracer(tracer_for(service.pid(), scene, events.path()));
  while (!is_set_up(service.pid(), scene) && tracer.running()) continue;
  usleep(static_cast<useconds_t>(rng() % 20'000));  // a random instant, not a synchronisation
  kill_tracer(tracer.pid(), scene.victim);
  tracer.finish();
  while (tracer_of(service.pid()) > 0)
    continue;  // the engine leaves by itself, or the kernel for it

  const bool free = changed_code(service.pid()).empty();
  service.tell("w 50");
  const bool answers = service.wait_for("window=");
  const RunResult end = service.finish();
  if (died_of_a_kill(end)) {
    ++(died_on_errand(end) ? fate.died_on_errand : fate.died);
  } else if (!answers || !checks_held(end)) {
    ++fate.wrong;
    ADD_FAILURE() << end.out << " signal " << end.signal;
  } else {
    ++fate.lived;
    fate.unrestored += !free;
  }
  if (scene.victim != Victim::Front) return;
  const TraceSummary traced = parse_summary(last_record(events.read(), "summary"));
  EXPECT_TRUE(traced.valid) << "no account was written";
  EXPECT_EQ(traced.missed, 0U) << traced.json;
  EXPECT_EQ(traced.lost, 0U) << traced.json;
}

Fate kill_often(const Scene& scene, unsigned times) {
  const unsigned seed = std::random_device{}();
  std::mt19937 rng(seed);
  Fate fate;
  for (unsigned i = 0; i < times; ++i) kill_once(scene, fate, rng);
  std::ostringstream text;
  text << fate;
  std::printf("%s, seed %u: of %u: %s\n", scene.name, seed, times, text.str().c_str());
  EXPECT_EQ(fate.wrong, 0U);
  return fate;
}

class Killed : public testing::TestWithParam<Scene> {};

TEST_P(Killed, NobodyLivesWrong) {
  const Scene& scene = GetParam();
  const unsigned times = rounds(5);
  const Fate fate = kill_often(scene, times);
  // The handler can't save a thread that is on an errand at that moment; that is seldom.
  const bool may = scene.handler && scene.victim != Victim::Front;
  const unsigned on_errand = may ? fate.died_on_errand : 0;
  EXPECT_LE(on_errand, (times + 19) / 20);
  if (scene.ends == Ends::Well) {
    EXPECT_EQ(fate.lived, times - on_errand);
    EXPECT_EQ(fate.unrestored, 0U);
  }
  if (scene.ends == Ends::WithTraps) {
    EXPECT_EQ(fate.lived, times - on_errand);
    EXPECT_EQ(fate.unrestored, times - on_errand);
  }
  if (scene.ends == Ends::Badly) {
    EXPECT_EQ(fate.lived, 0U);
  }
}

constexpr const char* hot_load = "2";
constexpr const char* service_load = "0";

// `windowed` is called only once the tracer is gone. That both are killed and the program dies of
// the traps they leave is the control.
INSTANTIATE_TEST_SUITE_P(
    Race, Killed,
    testing::Values(
        Scene{"FrontHot", Victim::Front, hot_load, "target", false, Ends::Well},
        Scene{"FrontService", Victim::Front, service_load, "target", false, Ends::Well},
        Scene{"EngineIdle", Victim::Engine, "1", "windowed", false, Ends::Well},
        Scene{"EngineService", Victim::Engine, service_load, "target", false, Ends::ByLuck},
        Scene{"EngineHot", Victim::Engine, hot_load, "target", false, Ends::ByLuck},
        Scene{"BothIdle", Victim::Both, "1", "windowed", false, Ends::Badly},
        Scene{"BothService", Victim::Both, service_load, "target", false, Ends::ByLuck},
        Scene{"BothHot", Victim::Both, hot_load, "target", false, Ends::ByLuck},
        Scene{"OnlyService", Victim::Only, service_load, "target", false, Ends::ByLuck},
        Scene{"OnlyHot", Victim::Only, hot_load, "target", false, Ends::ByLuck},
        Scene{"FrontHotHandler", Victim::Front, hot_load, "target", true, Ends::Well},
        Scene{"FrontServiceHandler", Victim::Front, service_load, "target", true, Ends::Well},
        Scene{"EngineServiceHandler", Victim::Engine, service_load, "target", true, Ends::Well},
        Scene{"EngineHotHandler", Victim::Engine, hot_load, "target", true, Ends::Well},
        Scene{"BothServiceHandler", Victim::Both, service_load, "target", true, Ends::WithTraps},
        Scene{"BothHotHandler", Victim::Both, hot_load, "target", true, Ends::WithTraps},
        Scene{"OnlyServiceHandler", Victim::Only, service_load, "target", true, Ends::WithTraps},
        Scene{"OnlyHotHandler", Victim::Only, hot_load, "target", true, Ends::WithTraps}),
    [](const auto& one) { return std::string(one.param.name); });

/// Killed while a thread makes a system call for the tracer. Whatever code that thread is in, it
/// must not go on. It is the only one that arrives: nobody else would make the program die.
TEST(KilledInTheMiddle, OfAnErrandTheProgramDies) {
  const unsigned wanted = rounds(5);
  for (unsigned caught = 0, tries = 0; caught < wanted; ++tries) {
    ASSERT_LT(tries, 20 * wanted) << "no errand was caught";
    Background service({tracee("service"), "1", "6"});  // its mmap takes long
    ASSERT_TRUE(service.wait_for("ready=1"));
    Background tracer({binary("sidestep"), "-qq", "-c", "-o", "/dev/null", "-x", "windowed", "-p",
                       std::to_string(service.pid())});
    while (changed_bytes(service.pid(), "/service") == 0 && tracer.running()) continue;
    service.tell("w 1");
    while (!is_on_an_errand(service.pid()) && scratch_areas(service.pid()) == 0) continue;
    stop_and_wait(engine_of(tracer.pid()));
    const bool in_the_middle = is_on_an_errand(service.pid());
    kill_tracer(tracer.pid(), Victim::Both);
    tracer.finish();
    while (tracer_of(service.pid()) > 0) continue;
    const RunResult end = service.finish();
    // Else the errand was over before the engine was stopped, and the thread had all of its own.
    const bool right = died_of_a_kill(end) || (!in_the_middle && checks_held(end));
    EXPECT_TRUE(right) << end.out << " signal " << end.signal;
    caught += in_the_middle;
  }
}

/// A guardian that is not allowed to open the command's memory (here: a program that has made
/// itself undumpable) was handed it by the engine, while that was allowed to.
TEST(KilledUnprivileged, TheGuardianNeedsNoPermissionOfItsOwn) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody else";
  Background tracer({"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                     binary("sidestep"), "-qq", "-c", "-o", "/dev/null", "-x", "windowed", "--",
                     tracee("service"), "1", "5"});
  ASSERT_TRUE(tracer.wait_for("ready=1"));
  const pid_t service = static_cast<pid_t>(number(tracer.said(), "pid").value_or(0));
  ASSERT_GT(changed_bytes(service, "/service"), 0U);
  kill(engine_of(tracer.pid()), SIGKILL);
  while (tracer_of(service) > 0) continue;
  while (tracer.running() && !changed_code(service).empty()) continue;
  EXPECT_EQ(changed_code(service), "");
  tracer.tell("w 50");
  EXPECT_TRUE(tracer.wait_for("window=50"));
  const RunResult end = tracer.finish();
  EXPECT_EQ(end.exit_code, 125);
  EXPECT_EQ(number(end.out, "ok"), 1U) << end.out;
}

}  // namespace
}  // namespace sidestep::test
