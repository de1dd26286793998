// Attaching to a thousand threads, and to programs that are never the same from one moment to the
// next: threads that are born and die, images that replace each other.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <memory>

#include "race/exactness.hpp"
#include "support/background.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

unsigned cycles(unsigned in_ci) {
  const char* wanted = std::getenv("SIDESTEP_CYCLES");
  return wanted ? static_cast<unsigned>(std::atoi(wanted)) : in_ci;
}

/// The program under visit; started again whenever it has come to its end, which must be a good
/// one.
class Program {
 public:
  explicit Program(std::vector<std::string> argv) : argv_(std::move(argv)) { start(); }
  ~Program() { EXPECT_NE(ends_ + now_->running(), 0U); }

  std::string pid() const { return std::to_string(now_->pid()); }
  bool running() const { return now_->running(); }
  /// To its end, and a new one.
  void start_again() {
    const RunResult end = now_->finish();
    EXPECT_TRUE(checks_held(end)) << end.out << "signal " << end.signal;
    ++ends_;
    start();
  }

 private:
  void start() { now_ = std::make_unique<Background>(argv_); }

  const std::vector<std::string> argv_;
  std::unique_ptr<Background> now_;
  unsigned ends_ = 0;
};

/// Visits until there were enough during which the program did not come to its end.
void visit_often(Program& program, unsigned wanted, const std::vector<std::string>& options = {}) {
  std::uint64_t hits = 0;
  for (unsigned visits = 0; visits < wanted;) {
    std::vector<std::string> args = {"-x", "target", "--duration", "10ms", "-p", program.pid()};
    args.insert(args.end(), options.begin(), options.end());
    const TraceSummary traced = trace(args, {}, {.timeout_s = 30});
    ASSERT_FALSE(traced.run.timed_out) << "hung: " << story(traced);
    if (!program.running()) {
      program.start_again();
      continue;
    }
    ASSERT_TRUE(traced.valid) << story(traced);
    EXPECT_EQ(traced.missed, 0U) << story(traced);
    hits += traced.hits;
    ++visits;
  }
  program.start_again();  // the last one's verdict
  EXPECT_GT(hits, 0U);
  std::printf("%u visits, %lu hits\n", wanted, hits);
}

/// Births and deaths while all threads are being seized, and traps while they go on.
TEST(AttachScale, ThreadsThatComeAndGo) {
  Program churn({tracee("churn"), "8", "20000", "40"});
  visit_often(churn, cycles(30));
}

TEST(AttachScale, ImagesThatReplaceEachOther) {
  Program forker({tracee("forker"), "--exec", "400", "300"});
  visit_often(forker, cycles(30));
}

TEST(AttachScale, ImagesReplacedByOtherThreads) {
  Program forker({tracee("forker"), "--exec-thread", "400", "300"});
  visit_often(forker, cycles(30));
}

/// Forks, vforks, spawns and clones: their children are let go, or followed, and come to no harm.
TEST(AttachScale, ProcessesThatFork) {
  Program forker({tracee("forker"), "400", "10", "2"});
  visit_often(forker, cycles(20));
}

TEST(AttachScale, ProcessesThatForkFollowed) {
  Program forker({tracee("forker"), "400", "10", "2"});
  visit_often(forker, cycles(20), {"-f"});
}

/// All of them: each calls the probed function once between the program's two markers.
TEST(AttachScale, AThousandThreads) {
  Background crowd({tracee("crowd"), "1000", "1"});
  ASSERT_TRUE(crowd.wait_for("ready=1"));
  for (unsigned round = 0; round < 3; ++round) {
    const TemporaryFile events;
    Background tracer({binary("sidestep"), "-qq", "--format", "jsonl", "-c", "-o", events.path(),
                       "-x", "windowed", "-p", std::to_string(crowd.pid())});
    while (changed_bytes(crowd.pid(), "/crowd") == 0 && tracer.running()) continue;
    crowd.tell("w");
    ASSERT_TRUE(crowd.wait_for("window=1000"));
    kill(tracer.pid(), SIGINT);
    tracer.finish();
    const TraceSummary traced = parse_summary(last_record(events.read(), "summary"));
    EXPECT_EQ(traced.hits, 1000U) << traced.json;
    EXPECT_EQ(traced.missed, 0U) << traced.json;
    EXPECT_EQ(traced.bystander_stops, 0U) << traced.json;
    EXPECT_EQ(changed_code(crowd.pid()), "");
    EXPECT_EQ(tracer_of(crowd.pid()), 0);
  }
  EXPECT_TRUE(checks_held(crowd.finish()));
}

}  // namespace
}  // namespace sidestep::test
