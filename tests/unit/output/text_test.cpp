#include "output/text.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "samples.hpp"

namespace sidestep::output {
namespace {

OutputOptions plain() {
  OutputOptions options;
  options.color = Color::Never;
  return options;
}

OutputOptions verbose() {
  OutputOptions options = plain();
  options.verbosity = Verbosity::Verbose;
  return options;
}

std::string shown(const OutputOptions& options, const std::vector<Event>& events) {
  Written written;
  TextSink sink(options, written.destination());
  for (const Event& event : events) sink.write(event);
  return written.text();
}

TEST(Text, HitsHaveThePrefixAlways) {
  EXPECT_EQ(shown(plain(), {hit_event(0)}), "[pid 4711 worker-3] malloc()\n");
  EXPECT_EQ(shown(plain(), {hit_event(1)}), "[pid 4711 worker-3] parse+0x1c\n");
  EXPECT_EQ(shown(plain(), {hit_event(2)}), "[pid 4711 worker-3] server+0x2000\n");
}

TEST(Text, UnknownNamesOfThreadsAreLeftOut) {
  HitEvent hit = hit_event(0);
  hit.comm.clear();
  EXPECT_EQ(shown(plain(), {hit}), "[pid 4711] malloc()\n");
}

TEST(Text, AThreadCannotForgeALine) {
  HitEvent hit = hit_event(0);
  hit.comm = "x] f()\n[pid 1";
  EXPECT_EQ(shown(plain(), {hit}), "[pid 4711 x] f()\\n[pid 1] malloc()\n");
  EXPECT_EQ(shown(plain(), {gap_event("a\nb")}), "[pid 4700] --- gap: a\\nb ---\n");
}

TEST(Text, TimesComeAfterThePrefix) {
  const Environment zone("TZ", "UTC");
  tzset();
  OutputOptions options = plain();
  options.quiet = Quiet::Notices;
  options.timestamps = Timestamps::Microseconds;
  options.relative = RelativeTime::On;
  EXPECT_EQ(shown(options, {start_event(), hit_event(0, 1000), hit_event(0, 4000)}),
            "[pid 4711 worker-3] 13:07:59.000124 (+     0.000000) malloc()\n"
            "[pid 4711 worker-3] 13:07:59.000127 (+     0.000003) malloc()\n");
}

TEST(Text, ThreadsOnlyWhenVerbose) {
  const Event started = thread_event(ThreadEvent::What::Started);
  const Event exited = thread_event(ThreadEvent::What::Exited, Exited{0});
  const Event killed = thread_event(ThreadEvent::What::Exited, Signaled{9});
  EXPECT_EQ(shown(plain(), {started, exited, killed}), "");
  EXPECT_EQ(shown(verbose(), {started, exited, killed}),
            "[pid 4711 worker-3] +++ started +++\n"
            "[pid 4711 worker-3] +++ exited with 0 +++\n"
            "[pid 4711 worker-3] +++ killed by SIGKILL +++\n");
}

TEST(Text, TheFirstThreadsEndIsNotTheProcesss) {
  ThreadEvent leader = thread_event(ThreadEvent::What::Exited, Exited{0});
  leader.tid = {4700};
  leader.comm = "server";
  EXPECT_EQ(shown(verbose(), {leader, exit_event(Exited{3})}),
            "[pid 4700 server] +++ leader thread exited with 0 +++\n"
            "[pid 4700 server] +++ exited with 3 +++\n");
}

TEST(Text, QuietLeavesOutEndingsAndNotices) {
  OutputOptions options = plain();
  options.quiet = Quiet::Notices;
  EXPECT_EQ(shown(options, {start_event(), hit_event(0), gap_event("why"), exit_event(Exited{0})}),
            "[pid 4711 worker-3] malloc()\n"
            "[pid 4700] --- gap: why ---\n");
}

TEST(Text, CountsOfSitesAreNoticed) {
  StartEvent start = start_event();
  start.probes.push_back("dlfunc");
  EXPECT_EQ(shown(plain(), {start}), "--- /./: 3 sites ---\n--- dlfunc: no site yet ---\n");
  EXPECT_EQ(shown(verbose(), {start}),
            "--- malloc: malloc() at 0x7f0000001000 libc.so.6+0x1000 malloc/malloc.c:3287 ---\n"
            "--- /./: malloc() at 0x7f0000001000 libc.so.6+0x1000 malloc/malloc.c:3287 ---\n"
            "--- /./: parse+0x1c at 0x55550000113c server+0x113c ---\n"
            "--- /./: server+0x2000 at 0x555500002000 server+0x2000 ---\n"
            "--- /./: 3 sites ---\n"
            "--- dlfunc: no site yet ---\n");
}

TEST(Text, AnotherSessionsSitesAreNotTakenForThese) {
  static SiteInfo other = sites()[0];
  other.func = "free";
  HitEvent hit = hit_event(0);
  hit.site = &other;
  OutputOptions options = plain();
  options.quiet = Quiet::Notices;
  EXPECT_EQ(shown(options, {hit_event(0), start_event(), hit}),
            "[pid 4711 worker-3] malloc()\n[pid 4711 worker-3] free()\n");
}

TEST(TextColor, AlwaysNeverAndAutoIntoAFile) {
  OutputOptions options;
  options.color = Color::Always;
  EXPECT_EQ(shown(options, {hit_event(0)}),
            "\x1b[36m[pid 4711 worker-3]\x1b[0m \x1b[1mmalloc()\x1b[0m\n");
  options.color = Color::Auto;
  EXPECT_EQ(shown(options, {hit_event(0)}), "[pid 4711 worker-3] malloc()\n");
}

/// Standard error as a pseudo-terminal.
class OnATerminal : public testing::Test {
 protected:
  OnATerminal() : terminal_(posix_openpt(O_RDWR | O_NOCTTY)), before_(dup(STDERR_FILENO)) {
    grantpt(terminal_);
    unlockpt(terminal_);
    const int side = open(ptsname(terminal_), O_RDWR | O_NOCTTY);
    dup2(side, STDERR_FILENO);
    close(side);
  }
  ~OnATerminal() override {
    dup2(before_, STDERR_FILENO);
    close(before_);
    close(terminal_);
  }

  static bool colored(Color color) {
    const auto destination = Destination::standard_error();
    return !choose_palette(color, *destination).site.empty();
  }

 private:
  int terminal_, before_;
};

TEST_F(OnATerminal, AutoColorsUnlessToldNotTo) {
  const Environment term("TERM", "xterm");
  const Environment unset("NO_COLOR", nullptr);
  EXPECT_TRUE(colored(Color::Auto));
  EXPECT_FALSE(colored(Color::Never));
  {
    const Environment empty("NO_COLOR", "");
    EXPECT_TRUE(colored(Color::Auto)) << "no-color.org: only when it is not empty";
  }
  {
    const Environment set("NO_COLOR", "1");
    EXPECT_FALSE(colored(Color::Auto));
    EXPECT_TRUE(colored(Color::Always));
  }
  const Environment dumb("TERM", "dumb");
  EXPECT_FALSE(colored(Color::Auto));
}

}  // namespace
}  // namespace sidestep::output
