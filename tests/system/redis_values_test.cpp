// Debian's redis-server, stripped and without debug information: what clients send it is read
// behind pointers, by casts and offsets, and conditions choose by it. In number, order and content
// as sent.
#include <gtest/gtest.h>

#include "race/exactness.hpp"
#include "support/events.hpp"

namespace sidestep::test {
namespace {

// Of redis 7.0: client->argv is at 0x50, an array of robj*; robj->ptr, the second word, is text.
const std::string kCommand = "((u64***)$arg1)[10][0][1]:string";
const std::string kKey = "((u64***)$arg1)[10][1][1]:string";
const std::string kValue = "((u64***)$arg1)[10][2][1]:string";

struct Pair {
  std::string key, value;
  bool operator==(const Pair&) const = default;
};

/// What is sent; every tenth has the same key. Values have spaces, UTF-8, quotes, or nothing in
/// them.
std::vector<Pair> pairs() {
  std::vector<Pair> all;
  for (int i = 0; i < 200; ++i) {
    const std::string n = std::to_string(i);
    const std::vector<std::string> values = {
        "plain" + n, "two words " + n, "größe " + n, "say 'x' " + n, "", std::string(60, 'v') + n};
    all.push_back({i % 10 == 3 ? "popular" : "key:" + n, values[static_cast<std::size_t>(i) % 6]});
  }
  return all;
}

/// One command a line, as redis-cli reads them: each SET is followed by a GET of the same key.
std::string conversation() {
  std::string lines;
  for (const Pair& pair : pairs())
    lines += "SET " + pair.key + " \"" + pair.value + "\"\nGET " + pair.key + "\n";
  return lines;
}

constexpr std::uint64_t kPopular = 20, kAll = 200;

/// A server that is traced from its start, talked to, and told to end.
Recording talk(const Mode& mode, const std::vector<std::string>& probes) {
  const TemporaryDirectory home;
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-s", "200"});
  for (const std::string& probe : probes) args.insert(args.end(), {"-x", probe});
  Recorder server(args, {"redis-server", "--port", "0", "--unixsocket", home.file("socket"),
                         "--save", "", "--appendonly", "no", "--dir", home.path()});
  EXPECT_TRUE(server.program().wait_for("eady to accept connections")) << server.program().said();
  const std::vector<std::string> client = {"redis-cli", "-s", home.file("socket")};
  const RunResult answers = run(client, {.timeout_s = 60, .input = conversation()});
  std::string expected;
  for (const Pair& pair : pairs()) expected += "OK\n" + pair.value + "\n";
  EXPECT_EQ(answers.out, expected) << answers.err;
  run({client[0], client[1], client[2], "SHUTDOWN", "NOSAVE"}, {.timeout_s = 30});
  Recording recording = server.finish();
  const TraceSummary& traced = recording.traced;
  EXPECT_TRUE(traced.valid) << story(traced);
  EXPECT_EQ(traced.run.exit_code, 0) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.lost, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
  return recording;
}

class RedisValues : public testing::TestWithParam<Mode> {};

TEST_P(RedisValues, KeysAndValuesAreThoseThatWereSent) {
  const std::string set = "setCommand " + kKey + " " + kValue;
  const std::string lookup = "lookupKeyReadOrReply (*(u64*)($arg2+8)):string";
  const Recording run = talk(GetParam(), {set, lookup});
  std::vector<Pair> seen;
  for (const Event& event : run.of(set))
    seen.push_back(
        {event.args.at("((u64***)$arg1)[10][1][1]"), event.args.at("((u64***)$arg1)[10][2][1]")});
  EXPECT_EQ(seen, pairs());
  std::vector<std::string> keys, wanted;
  for (const Event& event : run.of(lookup)) keys.push_back(event.args.at("(*(u64*)($arg2+8))"));
  for (const Pair& pair : pairs()) wanted.push_back(pair.key);
  EXPECT_EQ(keys, wanted);  // one a GET
  EXPECT_EQ(run.traced.hits, 2 * kAll);
}

TEST_P(RedisValues, AConditionChoosesByWhatAStringSays) {
  const std::string popular = "setCommand " + kValue + " if " + kKey + " == \"popular\"";
  const std::string gets = "processCommand if " + kCommand + " == \"GET\"";
  const std::string every = "call";
  const Recording run = talk(GetParam(), {popular, gets, every});
  EXPECT_EQ(run.summary(popular).hits, kPopular);
  EXPECT_EQ(run.summary(gets).hits, kAll);
  std::vector<std::string> seen, wanted;
  for (const Event& event : run.of(popular))
    seen.push_back(event.args.at("((u64***)$arg1)[10][2][1]"));
  for (const Pair& pair : pairs())
    if (pair.key == "popular") wanted.push_back(pair.value);
  EXPECT_EQ(seen, wanted);
  // call() runs what processCommand() lets pass, here all: SETs, GETs and the SHUTDOWN at least.
  EXPECT_GT(run.summary(every).hits, 2 * kAll);
  EXPECT_EQ(run.traced.filtered, kAll - kPopular + run.summary(every).hits - kAll)
      << story(run.traced);
}

/// The two halves of a condition and its contrary: together they are all.
TEST_P(RedisValues, AConditionAndItsContraryAreAll) {
  const std::string with = "setCommand if " + kKey + " == \"popular\"";
  const std::string without = "getCommand if " + kKey + " != \"popular\"";
  const Recording run = talk(GetParam(), {with, without});
  EXPECT_EQ(run.summary(with).hits, kPopular);
  EXPECT_EQ(run.summary(without).hits, kAll - kPopular);
  EXPECT_EQ(run.traced.filtered, kAll - kPopular + kPopular);
  EXPECT_EQ(run.traced.hits + run.traced.filtered, 2 * kAll);
}

/// The library of strings that is in the server: what it was given, it has copied when it returns.
TEST_P(RedisValues, AReturnedPointerLeadsToTheCopy) {
  const std::string probe = "createStringObject%return $arg2:u64 (*(u64*)($retval+8)):string";
  const std::string condition = probe + " if $arg2:u64 == 7";
  const Recording run = talk(GetParam(), {condition});
  std::size_t popular = 0;
  for (const Event& event : run.of(condition)) {
    EXPECT_EQ(event.args.at("arg2"), "7");
    const std::string& text = event.args.at("(*(u64*)($retval+8))");
    EXPECT_EQ(text.size(), 7U) << text;
    popular += text == "popular" ? 1 : 0;
  }
  EXPECT_EQ(popular, 2 * kPopular);  // a SET and a GET each
}

INSTANTIATE_TEST_SUITE_P(System, RedisValues, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
