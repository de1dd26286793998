// The records are parsed back: what counts is what a reader of JSON sees. Their exact spelling is
// golden_test.cpp's.
#include "output/jsonl.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <limits>

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
