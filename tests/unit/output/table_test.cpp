#include "output/table.hpp"

#include <gtest/gtest.h>

#include "samples.hpp"

namespace sidestep::output {
namespace {

Summary of(std::vector<ProbeTally> probes) {
  Summary sum;
  for (const ProbeTally& probe : probes) sum.hits += probe.hits;
  sum.probes = std::move(probes);
  return sum;
}

TEST(SummaryTable, MostHitsFirst) {
  const Summary sum = of({tally("malloc", 1, 25, {function_tally("malloc", "libc.so.6", 1, 25)}),
                          tally("http_*", 3, 75,
                                {function_tally("http_parse", "server", 1, 60),
                                 function_tally("http_send", "server", 2, 15)})});
  EXPECT_EQ(summary_table(sum, Verbosity::Normal),
            "% hits      hits sites function         module       probe\n"
            "------ --------- ----- ---------------- ------------ ------\n"
            " 60.00        60     1 http_parse       server       http_*\n"
            " 25.00        25     1 malloc           libc.so.6    malloc\n"
            " 15.00        15     2 http_send        server       http_*\n"
            "------ --------- ----- ---------------- ------------ ------\n"
            "100.00       100       total\n");
}

TEST(SummaryTable, FunctionsWithoutAHitAreCounted) {
  const Summary sum = of({tally("*", 3, 4,
                                {function_tally("a", "m", 1, 4), function_tally("b", "m", 1, 0),
                                 function_tally("c", "m", 1, 0)})});
  const std::string text = summary_table(sum, Verbosity::Normal);
  EXPECT_EQ(text.find(" b "), std::string::npos);
  EXPECT_NE(text.find("2 functions without a hit: not shown without -v\n"), std::string::npos);
  const std::string verbose = summary_table(sum, Verbosity::Verbose);
  EXPECT_NE(verbose.find("  0.00         0     1 b "), std::string::npos) << verbose;
  EXPECT_EQ(verbose.find("not shown"), std::string::npos);
}

TEST(SummaryTable, AProbeWithoutAHitKeepsItsRow) {
  const Summary sum =
      of({tally("never", 0, 0, {}), tally("one", 1, 0, {function_tally("one", "m", 1, 0)}),
          tally("many*", 2, 0,
                {function_tally("many1", "m", 1, 0), function_tally("many2", "m", 1, 0)})});
  EXPECT_EQ(summary_table(sum, Verbosity::Normal),
            "% hits      hits sites function         module       probe\n"
            "------ --------- ----- ---------------- ------------ -----\n"
            "  0.00         0     2 -                -            many*\n"
            "  0.00         0     0 -                -            never\n"
            "  0.00         0     1 one              m            one\n"
            "------ --------- ----- ---------------- ------------ -----\n"
            "  0.00         0       total\n"
            "2 functions without a hit: not shown without -v\n");
}

TEST(SummaryTable, ProbesThatShareASiteAreExplained) {
  Summary sum = of({tally("a", 1, 10, {function_tally("a", "m", 1, 10)}),
                    tally("a*", 1, 10, {function_tally("a", "m", 1, 10)})});
  sum.hits = 10;
  EXPECT_NE(summary_table(sum, Verbosity::Normal).find("10 arrivals in all"), std::string::npos);
}

TEST(SummaryTable, WhatConditionsDroppedIsSaidIfAnyWas) {
  Summary sum = of({tally("a if x", 1, 10, {function_tally("a", "m", 1, 10)})});
  EXPECT_EQ(summary_table(sum, Verbosity::Normal).find("filtered"), std::string::npos);
  sum.filtered = 7;
  EXPECT_TRUE(summary_table(sum, Verbosity::Normal)
                  .ends_with("\n7 filtered: arrivals and returns that no probe wanted, by its "
                             "condition or --min-time\n"));
}

TEST(SummaryTable, ReturnsAndUnfinishedOfReturnProbes) {
  ProbeTally calls = tally("read%return", 1, 30, {function_tally("read", "libc.so.6", 1, 30)});
  calls.at_return = true;
  calls.returns = calls.functions[0].returns = 28;
  calls.unfinished = calls.functions[0].unfinished = 2;
  const Summary sum =
      of({tally("malloc", 1, 70, {function_tally("malloc", "libc.so.6", 1, 70)}), calls});
  EXPECT_EQ(
      summary_table(sum, Verbosity::Normal),
      "% hits      hits   returns unfinished sites function         module       probe\n"
      "------ --------- --------- ---------- ----- ---------------- ------------ -----------\n"
      " 70.00        70         -          -     1 malloc           libc.so.6    malloc\n"
      " 30.00        30        28          2     1 read             libc.so.6    read%return\n"
      "------ --------- --------- ---------- ----- ---------------- ------------ -----------\n"
      "100.00       100        28          2       total\n");
}

TEST(SummaryTable, LongAndStrangeNames) {
  const std::string longest(60, 'x');
  const Summary sum = of(
      {tally("p", 2, 30,
             {function_tally(longest, "m", 1, 20), function_tally("caf\xc3\xa9\n", "", 1, 10)})});
  const std::string text = summary_table(sum, Verbosity::Normal);
  EXPECT_NE(text.find(" " + longest + " m            p\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" caf\xc3\xa9\\n" + std::string(48 - 6, ' ') + " ?            p\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace sidestep::output
