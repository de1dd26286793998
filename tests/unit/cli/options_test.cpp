// What every option does. What is refused is usage_errors_test.cpp's.
#include "cli/options.hpp"

#include <gtest/gtest.h>

namespace sidestep::cli {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

Options parsed(const Words& arguments) {
  auto options = parse_options(arguments);
  EXPECT_TRUE(options.ok()) << options.error().message;
  return *std::move(options);
}

/// With a probe before and a command behind.
Options with(Words options) {
  options.insert(options.begin(), {"-x", "f"});
  options.insert(options.end(), {"--", "ls", "-l"});
  return parsed(options);
}

TEST(Options, Defaults) {
  const Options options = parsed({"-x", "malloc", "ls", "-l", "--help"});
  EXPECT_EQ(options.verb, Verb::Trace);
  EXPECT_EQ(options.ask, Ask::Work);
  EXPECT_EQ(options.strictness, Strictness::Lenient);
  const SessionOptions& session = options.session;
  EXPECT_EQ(session.probes, Words{"malloc"});
  EXPECT_EQ(session.command, (Words{"ls", "-l", "--help"}));
  EXPECT_EQ(session.mode, Mode::Displaced);
  EXPECT_EQ(session.step, Step::Boosted);
  EXPECT_EQ(session.wait, Wait::Auto);
  EXPECT_FALSE(session.limit);
  EXPECT_FALSE(session.duration);
  EXPECT_FALSE(session.kill_on_exit);
  EXPECT_TRUE(session.eintr_repair);
  EXPECT_FALSE(session.thread_events);
  EXPECT_TRUE(session.hit_events);
  EXPECT_EQ(options.output.format, Format::Text);
  EXPECT_EQ(options.output.destination, "");
  EXPECT_EQ(options.output.color, Color::Auto);
}

TEST(Options, ProbesKeepTheirOrder) {
  const Options options = parsed({"-x", "a", "-Xb", "-xc d", "-X", "e*", "ls"});
  EXPECT_EQ(options.session.probes, (Words{"a", "c d"}));
  EXPECT_EQ(options.session.excluded, (Words{"b", "e*"}));
}

TEST(Options, ProbesThatLookLikeOptions) {
  const Options options = parsed({"-x", "-f", "-x", "--mode=lift", "-x", "=x", "ls"});
  EXPECT_EQ(options.session.probes, (Words{"-f", "--mode=lift", "=x"}));
  EXPECT_EQ(options.session.mode, Mode::Displaced);
}

TEST(Options, Modes) {
  EXPECT_EQ(with({"--mode", "displaced"}).session.mode, Mode::Displaced);
  EXPECT_EQ(with({"--mode=all-stop"}).session.mode, Mode::AllStop);
  EXPECT_EQ(with({"--mode", "lift"}).session.mode, Mode::Lift);
  EXPECT_EQ(with({"--mode", "lift", "--mode", "all-stop"}).session.mode, Mode::AllStop);
  EXPECT_EQ(with({"--step", "boosted"}).session.step, Step::Boosted);
  EXPECT_EQ(with({"--step=single"}).session.step, Step::Single);
}

TEST(Options, Waiting) {
  EXPECT_EQ(with({"--wait", "auto"}).session.wait, Wait::Auto);
  EXPECT_EQ(with({"--wait", "block"}).session.wait, Wait::Block);
  EXPECT_EQ(with({"--wait", "spin"}).session.wait, Wait::Spin);
}

TEST(Options, Bounds) {
  EXPECT_EQ(with({"--limit", "1000"}).session.limit, 1000u);
  EXPECT_EQ(with({"--duration", "1.5s"}).session.duration, 1500ms);
}

TEST(Options, Stacks) {
  EXPECT_EQ(with({}).session.stack_frames, 0u);
  EXPECT_EQ(with({"-k"}).session.stack_frames, 64u);
  EXPECT_EQ(with({"-k=8"}).session.stack_frames, 8u);
  EXPECT_EQ(with({"-qk=1"}).session.stack_frames, 1u);
  const Options eaten = parsed({"-x", "f", "-k", "8", "-l"});
  EXPECT_EQ(eaten.session.stack_frames, 64u);
  EXPECT_EQ(eaten.session.command, (Words{"8", "-l"})) << "the next word is the command";
}

TEST(Options, StringsCallsAndDebugInformation) {
  EXPECT_EQ(with({}).session.string_limit, 32u);
  EXPECT_EQ(with({"-s", "100"}).session.string_limit, 100u);
  EXPECT_EQ(with({"-s0"}).session.string_limit, 0u);
  EXPECT_EQ(with({}).output.call_time, CallTime::Off);
  EXPECT_EQ(with({"-T", "-x", "g%return"}).output.call_time, CallTime::On);
  EXPECT_EQ(with({}).session.min_time, 0ns);
  EXPECT_EQ(with({"--min-time", "10ms", "-x", "g%return $arg1 if $arg1"}).session.min_time, 10ms);
  EXPECT_FALSE(with({}).session.debuginfod);
  EXPECT_TRUE(with({"--debuginfod"}).session.debuginfod);
  EXPECT_TRUE(parsed({"list", "--debuginfod", "prog"}).session.debuginfod);
}

TEST(Options, Flags) {
  EXPECT_TRUE(with({"--kill-on-exit"}).session.kill_on_exit);
  EXPECT_FALSE(with({"--no-eintr-repair"}).session.eintr_repair);
  EXPECT_EQ(with({"--strict"}).strictness, Strictness::Strict);
}

TEST(Options, Destinations) {
  EXPECT_EQ(with({"-o", "out.txt"}).output.destination, "out.txt");
  EXPECT_EQ(with({"-o", "| gzip >out.gz"}).output.destination, "| gzip >out.gz");
  EXPECT_EQ(with({"-oout"}).output.destination, "out");
}

TEST(Options, Formats) {
  EXPECT_EQ(with({"--format", "text"}).output.format, Format::Text);
  const Options jsonl = with({"--format=jsonl"});
  EXPECT_EQ(jsonl.output.format, Format::Jsonl);
  EXPECT_TRUE(jsonl.session.thread_events);
}

TEST(Options, SummaryTables) {
  const Options only = with({"-c", "-v"});
  EXPECT_EQ(only.output.summary, SummaryTable::Only);
  EXPECT_FALSE(only.session.hit_events) << "counting needs no events";
  EXPECT_FALSE(only.session.thread_events);
  const Options also = with({"-C"});
  EXPECT_EQ(also.output.summary, SummaryTable::Also);
  EXPECT_TRUE(also.session.hit_events);
  EXPECT_FALSE(with({"-c", "--format", "jsonl"}).session.hit_events);
}

TEST(Options, Times) {
  EXPECT_EQ(with({"-t"}).output.timestamps, Timestamps::Seconds);
  EXPECT_EQ(with({"-tt"}).output.timestamps, Timestamps::Microseconds);
  EXPECT_EQ(with({"-ttt"}).output.timestamps, Timestamps::Epoch);
  EXPECT_EQ(with({"-t", "-t"}).output.timestamps, Timestamps::Microseconds);
  EXPECT_EQ(with({"-tttt"}).output.timestamps, Timestamps::Epoch);
  EXPECT_EQ(with({"-r"}).output.relative, RelativeTime::On);
  EXPECT_EQ(with({"-rtt"}).output.timestamps, Timestamps::Microseconds);
}

TEST(Options, Loudness) {
  EXPECT_EQ(with({"-q"}).output.quiet, Quiet::Notices);
  EXPECT_EQ(with({"-qq"}).output.quiet, Quiet::Account);
  EXPECT_EQ(with({"-q", "-q", "-q"}).output.quiet, Quiet::Account);
  const Options verbose = with({"-v"});
  EXPECT_EQ(verbose.output.verbosity, Verbosity::Verbose);
  EXPECT_TRUE(verbose.session.thread_events);
}

TEST(Options, Colors) {
  EXPECT_EQ(with({"--color=always"}).output.color, Color::Always);
  EXPECT_EQ(with({"--color", "never"}).output.color, Color::Never);
  EXPECT_EQ(with({"--color=auto"}).output.color, Color::Auto);
}

TEST(Options, Debugging) {
  const SessionOptions wait = with({"--debug=wait"}).session;
  EXPECT_TRUE(wait.debug_wait);
  EXPECT_FALSE(wait.debug_state);
  const SessionOptions both = with({"--debug", "state,wait"}).session;
  EXPECT_TRUE(both.debug_wait);
  EXPECT_TRUE(both.debug_state);
  EXPECT_EQ(with({"--journal", "j.txt"}).session.journal, "j.txt");
}

TEST(Options, HelpAndVersionNeedNothingElse) {
  EXPECT_EQ(parsed({"--help"}).ask, Ask::Help);
  EXPECT_EQ(parsed({"--version"}).ask, Ask::Version);
  EXPECT_EQ(parsed({"--version", "--help"}).ask, Ask::Help);
  EXPECT_EQ(parsed({"list", "--help"}).ask, Ask::Help);
  EXPECT_EQ(parsed({"doctor", "--help"}).ask, Ask::Help);
  EXPECT_EQ(parsed({"-x", "f", "ls", "--help"}).ask, Ask::Work) << "that is ls's";
}

TEST(Options, AVerbIsOneOnlyAtTheFront) {
  const Options options = parsed({"-x", "f", "list", "compare"});
  EXPECT_EQ(options.verb, Verb::Trace);
  EXPECT_EQ(options.session.command, (Words{"list", "compare"}));
  EXPECT_EQ(parsed({"-xf", "--", "doctor"}).session.command, Words{"doctor"});
}

TEST(Options, List) {
  const Options options = parsed({"list", "-x", "a*", "-X", "ab", "-v", "prog"});
  EXPECT_EQ(options.verb, Verb::List);
  EXPECT_EQ(options.file, "prog");
  EXPECT_EQ(options.session.probes, Words{"a*"});
  EXPECT_EQ(options.session.excluded, Words{"ab"});
  EXPECT_EQ(parsed({"list", "prog"}).session.probes, Words{"*"}) << "every function";
  EXPECT_EQ(parsed({"list", "--", "-prog"}).file, "-prog");
}

TEST(Options, Compare) {
  const Options options = parsed({"compare", "-x", "f", "--truth", "counter", "spin", "-8"});
  EXPECT_EQ(options.verb, Verb::Compare);
  EXPECT_EQ(options.session.truth, "counter");
  EXPECT_EQ(options.session.command, (Words{"spin", "-8"}));
  EXPECT_FALSE(options.session.hit_events);
  ASSERT_EQ(options.modes.size(), 4u);
  EXPECT_EQ(options.modes[1].name, "displaced-single");
  EXPECT_EQ(options.modes[1].step, Step::Single);
  EXPECT_TRUE(options.modes[2].exact);
  EXPECT_FALSE(options.modes[3].exact);
}

TEST(Options, CompareSomeModes) {
  const Options options = parsed({"compare", "--modes", "lift,all-stop", "-x", "f", "spin"});
  ASSERT_EQ(options.modes.size(), 2u);
  EXPECT_EQ(options.modes[0].mode, Mode::Lift);
  EXPECT_EQ(options.modes[1].mode, Mode::AllStop);
  EXPECT_FALSE(options.session.truth);
}

}  // namespace
}  // namespace sidestep::cli
