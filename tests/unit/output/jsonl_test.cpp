// The records are parsed back: what counts is what a reader of JSON sees. Their exact spelling is
// golden_test.cpp's.
#include "output/jsonl.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "samples.hpp"

namespace sidestep::output {
namespace {

std::string line_of(const Event& event, const OutputOptions& options = {}) {
  Written written;
  JsonlSink sink(options, written.destination());
  sink.write(start_event());
  const std::size_t before = written.text().size();
  sink.write(event);
  return written.text().substr(before);
}

rapidjson::Document record(const Event& event) {
  const std::string line = line_of(event);
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line: " << line;
  rapidjson::Document parsed;
  parsed.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str());
  EXPECT_FALSE(parsed.HasParseError()) << line;
  return parsed;
}

std::vector<std::string> keys(const rapidjson::Value& object) {
  std::vector<std::string> names;
  for (auto it = object.MemberBegin(); it != object.MemberEnd(); ++it) {
    names.emplace_back(it->name.GetString());
  }
  return names;
}

using Keys = std::vector<std::string>;

TEST(Jsonl, StartHasTheProbesAsResolved) {
  const auto start = record(start_event());
  EXPECT_EQ(keys(start), (Keys{"v", "type", "ts_ns", "pid", "command", "mode", "step", "probes",
                               "realtime_ns"}));
  EXPECT_EQ(start["v"].GetInt(), 1);
  EXPECT_STREQ(start["type"].GetString(), "start");
  EXPECT_STREQ(start["realtime_ns"].GetString(), "1416748079000123456");
  EXPECT_STREQ(start["command"][2].GetString(), "80");
  ASSERT_EQ(start["probes"].Size(), 2u);
  EXPECT_STREQ(start["probes"][0]["probe"].GetString(), "malloc");
  EXPECT_EQ(start["probes"][0]["sites"].Size(), 1u);
  const auto& sites = start["probes"][1]["sites"];
  ASSERT_EQ(sites.Size(), 3u);
  EXPECT_EQ(keys(sites[0]), (Keys{"ip", "module", "off", "func", "src"}));
  EXPECT_STREQ(sites[0]["src"].GetString(), "malloc/malloc.c:3287");
  EXPECT_TRUE(sites[2]["func"].IsNull());
}

TEST(Jsonl, Hit) {
  const auto hit = record(hit_event(1, 7));
  EXPECT_EQ(keys(hit), (Keys{"v", "type", "ts_ns", "pid", "tid", "comm", "probe", "ip", "module",
                             "off", "func", "src", "seq"}));
  EXPECT_EQ(hit["ts_ns"].GetInt64(), kStart + 7);
  EXPECT_EQ(hit["pid"].GetInt(), 4700);
  EXPECT_EQ(hit["tid"].GetInt(), 4711);
  EXPECT_STREQ(hit["probe"].GetString(), "/./");
  EXPECT_STREQ(hit["ip"].GetString(), "0x55550000113c");
  EXPECT_STREQ(hit["off"].GetString(), "0x113c");
  EXPECT_STREQ(hit["func"].GetString(), "parse") << "the bare name, also inside the function";
  EXPECT_TRUE(hit["src"].IsNull());
  EXPECT_EQ(hit["seq"].GetUint64(), 17u);
}

TEST(Jsonl, UnknownIsNullNotAbsent) {
  HitEvent hit = hit_event(2);
  hit.comm.clear();
  hit.site = nullptr;
  hit.probe = ProbeId{99};
  const auto parsed = record(hit);
  for (const char* key : {"comm", "probe", "module", "func", "src"}) {
    ASSERT_TRUE(parsed.HasMember(key)) << key;
    EXPECT_TRUE(parsed[key].IsNull()) << key;
  }
}

TEST(Jsonl, BytesThatAreNotUtf8GoToBase64) {
  HitEvent hit = hit_event(0);
  hit.comm = "caf\xe9";
  const auto parsed = record(hit);
  EXPECT_FALSE(parsed.HasMember("comm"));
  EXPECT_STREQ(parsed["comm_b64"].GetString(), "Y2Fm6Q==");

  StartEvent start = start_event();
  start.command = {"ok", "\xff"};
  const auto started = record(start);
  EXPECT_FALSE(started.HasMember("command"));
  ASSERT_EQ(started["command_b64"].Size(), 2u);
  EXPECT_STREQ(started["command_b64"][0].GetString(), "b2s=");
  EXPECT_STREQ(started["command_b64"][1].GetString(), "/w==");
}

TEST(Jsonl, AnythingUtf8IsEscapedNotChanged) {
  HitEvent hit = hit_event(0);
  hit.comm = "\"\\\n\x1b\xc3\xa9";
  EXPECT_EQ(record(hit)["comm"].GetString(), hit.comm);
}

TEST(Jsonl, ArgumentsAndStackWhereThereAreAny) {
  const auto hit = record(detailed_hit());
  EXPECT_EQ(keys(hit), (Keys{"v", "type", "ts_ns", "pid", "tid", "comm", "probe", "ip", "module",
                             "off", "func", "src", "seq", "args", "stack"}));
  EXPECT_EQ(keys(hit["args"]), (Keys{"buf", "len"}));
  EXPECT_EQ(hit["args"]["len"].GetInt(), -5);
  ASSERT_EQ(hit["stack"].Size(), 3u);
  const auto& frame = hit["stack"][0];
  EXPECT_EQ(keys(frame), (Keys{"ip", "module", "off", "func", "func_off", "src"}));
  EXPECT_STREQ(frame["ip"].GetString(), "0x55550000113c");
  EXPECT_STREQ(frame["off"].GetString(), "0x113c");
  EXPECT_EQ(frame["func_off"].GetUint(), 0x1cu);
  EXPECT_STREQ(frame["src"].GetString(), "parse.c:12");
  for (const char* key : {"func", "func_off", "src"}) {
    EXPECT_TRUE(hit["stack"][1][key].IsNull()) << key;
  }
  for (const char* key : {"module", "off"}) EXPECT_TRUE(hit["stack"][2][key].IsNull()) << key;
}

TEST(Jsonl, Return) {
  const auto call = record(return_event());
  EXPECT_EQ(keys(call), (Keys{"v", "type", "ts_ns", "pid", "tid", "comm", "probe", "ip", "module",
                              "off", "func", "src", "seq", "args", "ret", "gross_ns", "net_ns"}));
  EXPECT_STREQ(call["type"].GetString(), "return");
  EXPECT_EQ(call["args"]["bytes"].GetUint(), 24u);
  EXPECT_STREQ(call["ret"].GetString(), "0x7f00000a0010");
  EXPECT_EQ(call["gross_ns"].GetInt64(), 125'999);
  EXPECT_EQ(call["net_ns"].GetInt64(), 123'456);

  ReturnEvent nothing = return_event();
  nothing.args.clear();
  nothing.ret.reset();
  nothing.stack = frames();
  const auto parsed = record(nothing);
  EXPECT_TRUE(parsed["args"].IsObject());
  EXPECT_TRUE(parsed["ret"].IsNull());
  EXPECT_EQ(parsed["stack"].Size(), 3u);
}

/// The value as it is spelled in `args`.
std::string json_of(Value value) {
  HitEvent hit = hit_event(0);
  hit.args = {{"x", std::move(value)}};
  record(hit);
  const std::string line = line_of(hit), before = "\"args\":{\"x\":", behind = "}}\n";
  const auto at = line.find(before);
  EXPECT_TRUE(at != std::string::npos && line.ends_with(behind)) << line;
  if (at == std::string::npos) return line;
  const auto begin = at + before.size();
  return line.substr(begin, line.size() - behind.size() - begin);
}

TEST(JsonlValue, Numbers) {
  EXPECT_EQ(json_of({std::numeric_limits<std::int64_t>::min()}), "-9223372036854775808");
  EXPECT_EQ(json_of({~std::uint64_t{0}}), "18446744073709551615");
  EXPECT_EQ(json_of({0.1}), "0.1");
  EXPECT_EQ(json_of({false}), "false");
  EXPECT_EQ(json_of({std::numeric_limits<double>::quiet_NaN()}), "\"NaN\"");
  EXPECT_EQ(json_of({std::numeric_limits<double>::infinity()}), "\"Infinity\"");
  EXPECT_EQ(json_of({-std::numeric_limits<double>::infinity()}), "\"-Infinity\"");
  EXPECT_EQ(json_of({Value::Bits{{0x34, 0x12}}}), "\"0x1234\"");
  EXPECT_EQ(json_of({Value::Pointer{{0}, ""}}), "\"0x0\"");
  EXPECT_EQ(json_of({Value::Pointer{{0x55}, "handler"}}), "\"0x55\"");
}

TEST(JsonlValue, Texts) {
  EXPECT_EQ(json_of({Value::Text{"a\"\n", false}}), "\"a\\\"\\n\"");
  EXPECT_EQ(json_of({Value::Text{"", false}}), "\"\"") << "empty, not unknown";
  EXPECT_EQ(json_of({Value::Text{"caf\xe9", false}}), "{\"b64\":\"Y2Fm6Q==\"}");
  EXPECT_EQ(json_of({Value::Text{"long", true}}), "{\"text\":\"long\",\"cut\":true}");
  EXPECT_EQ(json_of({Value::Text{"caf\xc3", true}}), "{\"text\":\"caf\",\"cut\":true}");
  EXPECT_EQ(json_of({Value::Text{"\xff\xc3", true}}), "{\"b64\":\"/w==\",\"cut\":true}");
  EXPECT_EQ(json_of({Value::Character{'a', 1}}), "\"a\"");
  EXPECT_EQ(json_of({Value::Character{0, 1}}), "\"\\u0000\"");
  EXPECT_EQ(json_of({Value::Character{0xe9, 1}}), "{\"b64\":\"6Q==\"}");
  EXPECT_EQ(json_of({Value::Enumerator{"RED", 1}}), "\"RED\"");
  EXPECT_EQ(json_of({Value::Enumerator{"", -7}}), "-7");
  EXPECT_EQ(json_of({Value::Unavailable{"optimised out"}}), "null");
}

TEST(JsonlValue, Compounds) {
  const Value one{std::int64_t{1}}, two{std::int64_t{2}};
  EXPECT_EQ(json_of({Value::Aggregate{{{"a", one}, {"b", two}}}}), "{\"a\":1,\"b\":2}");
  EXPECT_EQ(json_of({Value::Aggregate{{{"", one}, {"a", one}, {"a", two}, {"", two}}}}),
            "{\"#1\":1,\"a\":1,\"a#3\":2,\"#4\":2}");
  EXPECT_EQ(json_of({Value::Aggregate{{{"a#3", one}, {"a", one}, {"a", two}}}}),
            "{\"a#3\":1,\"a\":1,\"a#3#3\":2}");
  EXPECT_EQ(json_of({Value::Array{{one, two}, 2}}), "[1,2]");
  EXPECT_EQ(json_of({Value::Array{{one, two}, 9}}), "{\"elements\":[1,2],\"count\":9}");
}

TEST(Jsonl, ArgumentsOfOneNameAreTold) {
  HitEvent hit = hit_event(0);
  hit.args = {{"x", {std::int64_t{1}}}, {"x", {std::int64_t{2}}}, {"\xff", {true}}};
  EXPECT_EQ(keys(record(hit)["args"]), (Keys{"x", "x#2", "\\xff"}));
}

TEST(Jsonl, Thread) {
  const auto started = record(thread_event(ThreadEvent::What::Started));
  EXPECT_EQ(keys(started),
            (Keys{"v", "type", "ts_ns", "pid", "tid", "comm", "event", "exit", "seq"}));
  EXPECT_STREQ(started["event"].GetString(), "started");
  EXPECT_TRUE(started["exit"].IsNull());
  const auto exited = record(thread_event(ThreadEvent::What::Exited, Exited{3}));
  EXPECT_STREQ(exited["event"].GetString(), "exited");
  EXPECT_EQ(exited["exit"]["code"].GetInt(), 3);
}

TEST(Jsonl, ExitAndGap) {
  const auto exit = record(exit_event(Signaled{11}));
  EXPECT_EQ(keys(exit), (Keys{"v", "type", "ts_ns", "pid", "comm", "exit"}));
  EXPECT_STREQ(exit["exit"]["signal"].GetString(), "SIGSEGV");
  const auto gap = record(gap_event("why"));
  EXPECT_EQ(keys(gap), (Keys{"v", "type", "ts_ns", "pid", "reason"}));
  EXPECT_STREQ(gap["reason"].GetString(), "why");
}

TEST(JsonlSummary, IsTheContractsToTheByte) {
  EXPECT_EQ(line_of(summary()),
            "{\"v\":1,\"type\":\"summary\",\"mode\":\"displaced\",\"step\":\"boosted\","
            "\"hits\":160000,\"completed\":160000,\"filtered\":0,\"missed\":0,\"audit\":\"held\","
            "\"lost\":0,\"bystander_stops\":0,\"waits\":160021,\"duration_s\":2.01,"
            "\"tracer_us_per_hit\":3.1,\"tracer_cpu_s\":0.9,"
            "\"probes\":[{\"probe\":\"target\",\"sites\":1,\"hits\":160000,\"functions\":"
            "[{\"func\":\"target\",\"module\":\"spin\",\"sites\":1,\"hits\":160000}]}],"
            "\"exit\":{\"code\":0}}\n");
}

TEST(JsonlSummary, ReturnsAndUnfinishedOfReturnProbes) {
  Summary sum = summary();
  sum.probes.push_back(tally("f%return", 1, 7, {function_tally("f", "m", 1, 7)}));
  ProbeTally& calls = sum.probes.back();
  calls.at_return = true;
  calls.returns = calls.functions[0].returns = 5;
  calls.unfinished = calls.functions[0].unfinished = 2;
  const auto parsed = record(sum);
  const auto& probe = parsed["probes"][1];
  EXPECT_EQ(keys(probe), (Keys{"probe", "sites", "hits", "returns", "unfinished", "functions"}));
  EXPECT_EQ(probe["returns"].GetUint(), 5u);
  EXPECT_EQ(probe["unfinished"].GetUint(), 2u);
  EXPECT_EQ(keys(probe["functions"][0]),
            (Keys{"func", "module", "sites", "hits", "returns", "unfinished"}));
  EXPECT_FALSE(parsed["probes"][0].HasMember("returns"));
  EXPECT_FALSE(parsed["probes"][0]["functions"][0].HasMember("returns"));
}

TEST(JsonlSummary, UnknownsAreNull) {
  Summary sum = summary();
  sum.mode = Mode::Lift;
  sum.missed = {};
  sum.tracer_us_per_hit = {};
  sum.tracer_cpu_s = std::numeric_limits<double>::quiet_NaN();
  sum.processes.clear();
  const auto parsed = record(sum);
  for (const char* key : {"missed", "tracer_us_per_hit", "tracer_cpu_s", "exit"}) {
    ASSERT_TRUE(parsed.HasMember(key)) << key;
    EXPECT_TRUE(parsed[key].IsNull()) << key;
  }
}

TEST(JsonlSummary, SeveralProcesses) {
  Summary sum = summary();
  sum.processes = {{Pid{1}, Exited{0}}, {Pid{2}, Signaled{9}}, {Pid{3}, {}}};
  const auto parsed = record(sum);
  EXPECT_FALSE(parsed.HasMember("exit"));
  ASSERT_EQ(parsed["processes"].Size(), 3u);
  EXPECT_EQ(parsed["processes"][0]["exit"]["code"].GetInt(), 0);
  EXPECT_STREQ(parsed["processes"][1]["exit"]["signal"].GetString(), "SIGKILL");
  EXPECT_EQ(parsed["processes"][2]["pid"].GetInt(), 3);
  EXPECT_TRUE(parsed["processes"][2]["exit"].IsNull());
}

TEST(JsonlSummary, InterimSaysSo) {
  Summary sum = summary();
  EXPECT_FALSE(record(sum).HasMember("interim"));
  sum.interim = true;
  EXPECT_TRUE(record(sum)["interim"].GetBool());
}

TEST(JsonlSummary, LargeNumbersStayWhole) {
  Summary sum = summary();
  sum.hits = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(record(sum)["hits"].GetUint64(), sum.hits);
}

TEST(JsonlSummary, OnlyItWithC) {
  Written written;
  OutputOptions options;
  options.summary = SummaryTable::Only;
  JsonlSink sink(options, written.destination());
  for (const Event& event : whole_run()) sink.write(event);
  EXPECT_EQ(written.text(), line_of(summary()));
}

}  // namespace
}  // namespace sidestep::output
