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
  const Summary sum =
      of({{"malloc", 1, 25, {{"malloc", "libc.so.6", 1, 25}}},
          {"http_*", 3, 75, {{"http_parse", "server", 1, 60}, {"http_send", "server", 2, 15}}}});
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
  const Summary sum = of({{"*", 3, 4, {{"a", "m", 1, 4}, {"b", "m", 1, 0}, {"c", "m", 1, 0}}}});
  const std::string text = summary_table(sum, Verbosity::Normal);
  EXPECT_EQ(text.find(" b "), std::string::npos);
  EXPECT_NE(text.find("2 functions without a hit: not shown without -v\n"), std::string::npos);
  const std::string verbose = summary_table(sum, Verbosity::Verbose);
  EXPECT_NE(verbose.find("  0.00         0     1 b "), std::string::npos) << verbose;
  EXPECT_EQ(verbose.find("not shown"), std::string::npos);
}

TEST(SummaryTable, AProbeWithoutAHitKeepsItsRow) {
  const Summary sum = of({{"never", 0, 0, {}},
                          {"one", 1, 0, {{"one", "m", 1, 0}}},
                          {"many*", 2, 0, {{"many1", "m", 1, 0}, {"many2", "m", 1, 0}}}});
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
  Summary sum = of({{"a", 1, 10, {{"a", "m", 1, 10}}}, {"a*", 1, 10, {{"a", "m", 1, 10}}}});
  sum.hits = 10;
  EXPECT_NE(summary_table(sum, Verbosity::Normal).find("10 arrivals in all"), std::string::npos);
}

TEST(SummaryTable, LongAndStrangeNames) {
  const std::string longest(60, 'x');
  const Summary sum = of({{"p", 2, 30, {{longest, "m", 1, 20}, {"caf\xc3\xa9\n", "", 1, 10}}}});
  const std::string text = summary_table(sum, Verbosity::Normal);
  EXPECT_NE(text.find(" " + longest + " m            p\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" caf\xc3\xa9\\n" + std::string(48 - 6, ' ') + " ?            p\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace sidestep::output
