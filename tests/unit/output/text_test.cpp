#include "output/text.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

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

std::string text_of(Value value) {
  HitEvent hit = hit_event(1);
  hit.args = {{"", std::move(value)}};
  const std::string line = shown(plain(), {hit});
  const std::string before = "[pid 4711 worker-3] parse+0x1c(", behind = ")\n";
  EXPECT_TRUE(line.starts_with(before) && line.ends_with(behind)) << line;
  return line.substr(before.size(), line.size() - before.size() - behind.size());
}

TEST(TextValue, Numbers) {
  EXPECT_EQ(text_of({std::int64_t{-1}}), "-1");
  EXPECT_EQ(text_of({~std::uint64_t{0}}), "18446744073709551615");
  EXPECT_EQ(text_of({0.1}), "0.1");
  EXPECT_EQ(text_of({true}), "true");
  EXPECT_EQ(text_of({Value::Bits{{0xef, 0x0d, 0x00, 0x01, 0x00}}}), "0x1000def");
  EXPECT_EQ(text_of({Value::Bits{{0, 0}}}), "0x0");
}

TEST(TextValue, Pointers) {
  EXPECT_EQ(text_of({Value::Pointer{{0}, ""}}), "NULL");
  EXPECT_EQ(text_of({Value::Pointer{{0x55}, ""}}), "0x55");
  EXPECT_EQ(text_of({Value::Pointer{{0x55}, "han\x1b"}}), "0x55 <han\\x1b>");
}

TEST(TextValue, Characters) {
  EXPECT_EQ(text_of({Value::Character{'a', 1}}), "'a'");
  EXPECT_EQ(text_of({Value::Character{'\'', 1}}), "'\\''");
  EXPECT_EQ(text_of({Value::Character{'"', 1}}), "'\"'");
  EXPECT_EQ(text_of({Value::Character{'\n', 1}}), "'\\n'");
  EXPECT_EQ(text_of({Value::Character{0, 1}}), "'\\0'");
  EXPECT_EQ(text_of({Value::Character{0xffffffe9, 1}}), "'\\351'") << "a char is signed";
  EXPECT_EQ(text_of({Value::Character{0xe9, 4}}), "'\xc3\xa9'");
  EXPECT_EQ(text_of({Value::Character{0x20ac, 2}}), "'\xe2\x82\xac'");
  EXPECT_EQ(text_of({Value::Character{0x1f600, 4}}), "'\xf0\x9f\x98\x80'");
  EXPECT_EQ(text_of({Value::Character{0xd800, 2}}), "'\xef\xbf\xbd'") << "no character";
}

TEST(TextValue, Texts) {
  EXPECT_EQ(text_of({Value::Text{"", false}}), "\"\"");
  EXPECT_EQ(text_of({Value::Text{"a\"b'\\\r\n", false}}), "\"a\\\"b'\\\\\\r\\n\"");
  EXPECT_EQ(text_of({Value::Text{"long", true}}), "\"long\"...");
  EXPECT_EQ(text_of({Value::Text{"\x1b[31m\x7f\x01"
                                 "7",
                                 false}}),
            "\"\\33[31m\\177\\0017\"")
      << "a digit behind must not be taken for one of the escape";
  EXPECT_EQ(text_of({Value::Text{"caf\xc3\xa9 \xc2\x9b \xe9", false}}),
            "\"caf\xc3\xa9 \\302\\233 \\351\"");
  EXPECT_EQ(text_of({Value::Text{"caf\xc3", true}}), "\"caf\"...") << "cut within a character";
  EXPECT_EQ(text_of({Value::Text{"caf\xc3", false}}), "\"caf\\303\"");
}

TEST(TextValue, NamesAndReasons) {
  EXPECT_EQ(text_of({Value::Enumerator{"RED", 1}}), "RED");
  EXPECT_EQ(text_of({Value::Enumerator{"", -7}}), "-7");
  EXPECT_EQ(text_of({Value::Unavailable{"optimised out"}}), "<optimised out>");
  EXPECT_EQ(text_of({Value::Unavailable{}}), "<unavailable>");
}

TEST(TextValue, Compounds) {
  const Value one{std::int64_t{1}}, two{std::int64_t{2}};
  EXPECT_EQ(text_of({Value::Aggregate{{{"a", one}, {"", two}}}}), "{a=1, 2}");
  EXPECT_EQ(text_of({Value::Aggregate{}}), "{}");
  EXPECT_EQ(text_of({Value::Array{{one, two}, 2}}), "[1, 2]");
  EXPECT_EQ(text_of({Value::Array{{one, two}, 9}}), "[1, 2, ...]");
  EXPECT_EQ(text_of({Value::Array{{}, 0}}), "[]");
  EXPECT_EQ(text_of({Value::Array{{}, 3}}), "[...]");
  EXPECT_EQ(text_of({Value::Aggregate{{{"p", {Value::Array{{one}, 1}}}}}}), "{p=[1]}");
}

TEST(Text, Arguments) {
  HitEvent hit = hit_event(0);
  hit.args = arguments();
  EXPECT_EQ(shown(plain(), {hit}), "[pid 4711 worker-3] malloc(buf=\"GET /\\n\"..., len=-5)\n");
  hit.site = &sites()[2];
  hit.args = {{"x\n", {std::int64_t{1}}}};
  EXPECT_EQ(shown(plain(), {hit}), "[pid 4711 worker-3] server+0x2000(x\\n=1)\n");
}

TEST(Text, ArgumentsTakeThePlaceOfCxxParameters) {
  SiteInfo site = sites()[0];
  HitEvent hit = hit_event(0);
  hit.site = &site;
  hit.args = {{"x", {std::int64_t{1}}}};
  for (const auto& [func, label] : std::vector<std::pair<std::string, std::string>>{
           {"ns::f(int, char (*)(int)) const", "ns::f"},
           {"C::operator()(int)", "C::operator()"},
           {"C::operator()", "C::operator()"},
           {"(anonymous namespace)::g()", "(anonymous namespace)::g"}}) {
    site.func = func;
    EXPECT_EQ(shown(plain(), {start_event(), hit}).substr(sizeof "--- /./: 3 sites ---"),
              "[pid 4711 worker-3] " + label + "(x=1)\n");
  }
}

TEST(Text, Returns) {
  ReturnEvent call = return_event();
  EXPECT_EQ(shown(plain(), {call}), "[pid 4711 worker-3] malloc(bytes=24) = 0x7f00000a0010\n");
  call.args.clear();
  call.ret = Value{std::int64_t{-1}};
  EXPECT_EQ(shown(plain(), {call}), "[pid 4711 worker-3] malloc() = -1\n");
  call.ret.reset();
  EXPECT_EQ(shown(plain(), {call}), "[pid 4711 worker-3] malloc() = void\n");
}

TEST(Text, TimeInCallIsNet) {
  OutputOptions options = plain();
  options.call_time = CallTime::On;
  ReturnEvent call = return_event();
  call.args.clear();
  call.ret = Value{std::int64_t{0}};
  EXPECT_EQ(shown(options, {call}), "[pid 4711 worker-3] malloc() = 0 <0.000123>\n");
  call.net = 12'000'000'999;
  EXPECT_EQ(shown(options, {call}), "[pid 4711 worker-3] malloc() = 0 <12.000000>\n");
  EXPECT_EQ(shown(options, {hit_event(0)}), "[pid 4711 worker-3] malloc()\n");
}

TEST(Text, StacksAreUnderTheirEvents) {
  HitEvent hit = hit_event(0);
  hit.stack = frames();
  const std::string stack =
      " > server(parse+0x1c) parse.c:12 [0x113c]\n"
      " > libc.so.6() [0x1234]\n"
      " > [0x7f00ffff0000]\n";
  EXPECT_EQ(shown(plain(), {hit, hit_event(0)}),
            "[pid 4711 worker-3] malloc()\n" + stack + "[pid 4711 worker-3] malloc()\n");
  ReturnEvent call = return_event();
  call.stack = frames();
  EXPECT_EQ(shown(plain(), {call}),
            "[pid 4711 worker-3] malloc(bytes=24) = 0x7f00000a0010\n" + stack);
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
