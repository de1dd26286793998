// The test support itself: what a run hands back, and how a summary is read.
#include <gtest/gtest.h>

#include <csignal>

#include "support/events.hpp"
#include "support/run.hpp"
#include "support/summary.hpp"

namespace sidestep::test {
namespace {

TEST(Run, KeepsStreamsAndExitStatusApart) {
  const RunResult result = run({"sh", "-c", "echo out; echo err >&2; exit 5"});
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(result.signal, 0);
  EXPECT_FALSE(result.timed_out);
}

TEST(Run, TellsASignalFromAnExit) {
  const RunResult result = run({"sh", "-c", "kill -SEGV $$"});
  EXPECT_EQ(result.exit_code, -1);
  EXPECT_EQ(result.signal, SIGSEGV);
}

TEST(Run, FeedsInputAndEnvironment) {
  const RunResult result =
      run({"sh", "-c", "cat; echo $SIDESTEP_TEST_WORD"},
          {.input = "hello\n", .environment = {{"SIDESTEP_TEST_WORD", "world"}}});
  EXPECT_EQ(result.out, "hello\nworld\n");
}

TEST(Run, EndsAProgramAndItsChildrenWhenTimeIsUp) {
  const RunResult result = run({"sh", "-c", "sleep 600 & sleep 600"}, {.timeout_s = 0.2});
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_LT(result.seconds, 60);
}

TEST(Run, ThrowsForAProgramThatIsNotThere) {
  EXPECT_THROW(run({"/nonexistent/program"}), std::system_error);
}

TEST(KeyValues, ReadsNumbersAndNothingElse) {
  const std::string text = "arrivals=80000\nname=x=y\nnot a pair=1\nhalf=12x\n";
  EXPECT_EQ(number(text, "arrivals"), 80000U);
  EXPECT_EQ(number(text, "half"), std::nullopt);
  EXPECT_EQ(number(text, "absent"), std::nullopt);
  EXPECT_EQ(key_values(text).at("name"), "x=y");
  EXPECT_EQ(key_values(text).size(), 3U);
}

TEST(Summary, ReadsEveryKey) {
  const TraceSummary summary = parse_summary(
      R"({"v":1,"type":"summary","mode":"displaced","step":"boosted","hits":160000,)"
      R"("completed":159999,"filtered":3,"missed":0,"audit":"held","lost":1,"bystander_stops":2,)"
      R"("waits":160021,"duration_s":2.01,"tracer_us_per_hit":3.1,"tracer_cpu_s":0.9,)"
      R"("probes":[{"probe":"target","sites":1,"hits":160000,"functions":[]}],)"
      R"("exit":{"code":3}})");
  ASSERT_TRUE(summary.valid);
  EXPECT_EQ(summary.mode, "displaced");
  EXPECT_EQ(summary.step, "boosted");
  EXPECT_EQ(summary.hits, 160000U);
  EXPECT_EQ(summary.completed, 159999U);
  EXPECT_EQ(summary.filtered, 3U);
  EXPECT_EQ(summary.missed, 0U);
  EXPECT_EQ(summary.audit, "held");
  EXPECT_EQ(summary.lost, 1U);
  EXPECT_EQ(summary.bystander_stops, 2U);
  EXPECT_EQ(summary.waits, 160021U);
  EXPECT_DOUBLE_EQ(summary.duration_s, 2.01);
  EXPECT_DOUBLE_EQ(summary.tracer_us_per_hit, 3.1);
  ASSERT_EQ(summary.probes.size(), 1U);
  EXPECT_EQ(summary.probes[0].probe, "target");
  EXPECT_EQ(summary.probes[0].hits, 160000U);
  EXPECT_EQ(summary.exit_code, 3);
  EXPECT_EQ(summary.exit_signal, std::nullopt);
}

TEST(Summary, UnknownIsNotZero) {
  const TraceSummary summary =
      parse_summary(R"({"v":1,"type":"summary","missed":null,"exit":{"signal":"SIGSEGV"}})");
  ASSERT_TRUE(summary.valid);
  EXPECT_EQ(summary.missed, std::nullopt);
  EXPECT_EQ(summary.exit_signal, "SIGSEGV");
  EXPECT_EQ(summary.exit_code, std::nullopt);
}

TEST(Summary, RubbishIsNotASummary) {
  EXPECT_FALSE(parse_summary("").valid);
  EXPECT_FALSE(parse_summary(R"({"type":"hit"})").valid);
  EXPECT_FALSE(parse_summary(R"({"type":"summary")").valid);
}

TEST(Summary, IsFoundAmongOtherRecords) {
  EXPECT_EQ(last_record("{\"type\":\"start\"}\n{\"type\":\"summary\",\"hits\":1}\n", "summary"),
            R"({"type":"summary","hits":1})");
  EXPECT_EQ(last_record("{\"type\":\"start\"}\n", "summary"), "");
}

TEST(Json, NumberOfTheLastObject) {
  const std::string text = "arrivals=4\n{\"hits\":3}\n{\"hits\":4}\nok=1\n";
  EXPECT_EQ(last_json_number(text, "hits"), 4);
  EXPECT_EQ(last_json_number(text, "absent"), std::nullopt);
  EXPECT_EQ(last_json_number("ok=1\n", "hits"), std::nullopt);
}

TEST(Events, AreReadFromRecords) {
  const std::vector<Event> events = read_events(
      R"({"v":1,"type":"start","pid":1})"
      "\n"
      R"({"v":1,"type":"hit","ts_ns":5,"pid":1,"tid":2,"probe":"f $arg1","func":"f","args":{"arg1":7,"s":"x y"},"stack":[{"func":"f"},{"func":null}]})"
      "\n"
      R"({"v":1,"type":"return","ts_ns":9,"pid":1,"tid":2,"probe":"g%return","func":"g","args":{},"ret":"0x10","gross_ns":3})"
      "\nno record\n");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_FALSE(events[0].returned);
  EXPECT_EQ(events[0].args.at("arg1"), "7");
  EXPECT_EQ(events[0].args.at("s"), "x y");
  EXPECT_EQ(events[0].stack, (std::vector<std::string>{"f", "null"}));
  EXPECT_TRUE(events[1].returned);
  EXPECT_EQ(events[1].ts_ns - events[1].gross_ns, 6);
  EXPECT_EQ(value_of(events[1].ret), 16U);
  EXPECT_EQ(value_of("null"), ~0ull);
}

}  // namespace
}  // namespace sidestep::test
