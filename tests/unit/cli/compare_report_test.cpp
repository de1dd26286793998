#include "cli/compare_report.hpp"

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <sstream>

namespace sidestep::cli {
namespace {

ComparedRun run(std::size_t mode, std::uint64_t hits, std::optional<std::uint64_t> truth = {}) {
  ComparedRun made;
  made.mode = compared_modes()[mode];
  made.hits = hits;
  made.truth = truth;
  made.armed_s = 2;
  made.wall_s = 2.5;
  made.us_per_hit = 3.14;
  made.waits = hits + 21;
  made.exit = Exited{0};
  return made;
}

Comparison of(std::vector<ComparedRun> runs, std::optional<std::string> truth = {}) {
  return {std::move(truth), 0.5, Exited{0}, std::move(runs)};
}

/// The lines under the table.
std::string words(const Comparison& comparison) {
  const std::string text = comparison_table(comparison);
  return text.substr(text.find("\n\n") + 2);
}

TEST(Compare, Table) {
  Comparison comparison = of({run(0, 160000, 160000), run(3, 155289, 160000)}, "counter");
  comparison.runs[1].us_per_hit = {};
  comparison.runs[1].wall_s = 12;
  comparison.runs[1].bystander_stops = 7;
  EXPECT_EQ(comparison_table(comparison),
            "MODE         HITS   TRUTH  MISSED  HITS/S     TIME  SLOWDOWN  US/HIT  BYSTANDER STOPS "
            "  WAITS\n"
            "untraced        -       -       -       -   0.500s     1.00x       -                - "
            "      -\n"
            "displaced  160000  160000       0   80000   2.500s     5.00x     3.1                0 "
            " 160021\n"
            "lift       155289  160000    4711   77644  12.000s       24x       ?                7 "
            " 155310\n"
            "\n"
            "displaced: exact; lift lost 4711 of 160000 (2.94%)\n");
  EXPECT_TRUE(exact_modes_hold(comparison)) << "lift may lose";
}

TEST(Compare, AnExactModeThatIsNot) {
  const auto short_of = of({run(0, 10, 10), run(2, 7, 10)}, "c");
  EXPECT_EQ(words(short_of), "displaced: exact; all-stop: NOT EXACT, lost 3 of 10 (30%)\n");
  EXPECT_FALSE(exact_modes_hold(short_of));
  const auto beyond = of({run(1, 12, 10)}, "c");
  EXPECT_EQ(words(beyond), "displaced-single: NOT EXACT, reported 2 more than 10 (20%)\n");
  EXPECT_NE(comparison_table(beyond).find("    -2  "), std::string::npos);
  EXPECT_FALSE(exact_modes_hold(beyond));
}

TEST(Compare, TruthThatCannotBeRead) {
  const auto comparison = of({run(0, 10)}, "c");
  EXPECT_EQ(words(comparison), "displaced: 10 hits, the truth is not known\n");
  EXPECT_FALSE(exact_modes_hold(comparison));
}

TEST(Compare, WithoutTruthTheExactModesMustAgree) {
  const auto agreeing = of({run(0, 100), run(2, 100), run(3, 99)});
  EXPECT_EQ(words(agreeing),
            "displaced: exact; all-stop: exact; lift lost 1 of 100 (1.00%) (without --truth: the "
            "exact modes agree)\n");
  EXPECT_TRUE(exact_modes_hold(agreeing));
  const auto disagreeing = of({run(0, 100), run(2, 99)});
  EXPECT_EQ(words(disagreeing), "the exact modes do NOT agree on the number of hits\n");
  EXPECT_FALSE(exact_modes_hold(disagreeing));
}

TEST(Compare, NothingToHoldAgainst) {
  const auto comparison = of({run(0, 100), run(3, 90)});
  EXPECT_EQ(words(comparison),
            "nothing to hold the hits against: give --truth, or two exact modes\n");
  EXPECT_TRUE(exact_modes_hold(comparison));
}

TEST(Compare, SharesAreReadable) {
  EXPECT_EQ(words(of({run(3, 0, 10)}, "c")), "lift lost 10 of 10 (100%)\n");
  EXPECT_EQ(words(of({run(3, 999'999, 1'000'000)}, "c")),
            "lift lost 1 of 1000000 (less than 0.01%)\n");
  EXPECT_EQ(words(of({run(3, 0, 0)}, "c")), "lift lost none of 0 this time\n");
  EXPECT_EQ(words(of({run(3, 1, 0)}, "c")), "lift reported 1 more than 0\n");
}

TEST(Compare, OddEndingsAreTold) {
  Comparison comparison = of({run(0, 10, 10)}, "c");
  comparison.runs[0].exit = Signaled{11};
  EXPECT_EQ(words(comparison),
            "displaced: exact\ndisplaced ended with SIGSEGV, untraced with status 0\n");
}

TEST(Compare, NoTimeNoRate) {
  Comparison comparison = of({run(0, 10, 10)}, "c");
  comparison.untraced_s = 0;
  comparison.runs[0].armed_s = 0;
  EXPECT_NE(comparison_table(comparison).find("10     10       0       ?  2.500s         ?"),
            std::string::npos)
      << comparison_table(comparison);
}

TEST(Compare, JsonLines) {
  auto comparison = of({run(0, 160000, 160000), run(3, 155289)}, "counter");
  comparison.runs[1].us_per_hit = {};
  comparison.runs[1].exit = Signaled{9};
  std::istringstream lines(comparison_jsonl(comparison));
  std::vector<rapidjson::Document> records;
  for (std::string line; std::getline(lines, line);) {
    records.emplace_back().Parse(line.c_str());
    ASSERT_FALSE(records.back().HasParseError()) << line;
  }
  ASSERT_EQ(records.size(), 2u);
  const auto& first = records[0];
  EXPECT_EQ(first["v"].GetInt(), 1);
  EXPECT_STREQ(first["type"].GetString(), "compare");
  EXPECT_STREQ(first["mode"].GetString(), "displaced");
  EXPECT_EQ(first["hits"].GetUint64(), 160000u);
  EXPECT_EQ(first["missed"].GetInt64(), 0);
  EXPECT_DOUBLE_EQ(first["hits_per_s"].GetDouble(), 80000);
  EXPECT_DOUBLE_EQ(first["slowdown"].GetDouble(), 5);
  EXPECT_EQ(first["waits"].GetUint64(), 160021u);
  EXPECT_EQ(first["exit"]["code"].GetInt(), 0);
  EXPECT_TRUE(records[1]["truth"].IsNull());
  EXPECT_TRUE(records[1]["missed"].IsNull());
  EXPECT_TRUE(records[1]["tracer_us_per_hit"].IsNull());
  EXPECT_STREQ(records[1]["exit"]["signal"].GetString(), "SIGKILL");
}

}  // namespace
}  // namespace sidestep::cli
