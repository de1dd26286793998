#include "output/account.hpp"

#include <gtest/gtest.h>

#include "samples.hpp"

namespace sidestep::output {
namespace {

TEST(Account, OfACompleteRun) {
  EXPECT_EQ(account(summary()),
            "--- 160000 hits, 160000 completed, 0 missed, 0 lost; 0 bystander stops; "
            "3.1 us/hit ---\n");
}

TEST(Account, UnknownIsAQuestionMark) {
  Summary sum = summary();
  sum.missed = {};
  sum.tracer_us_per_hit = {};
  sum.bystander_stops = 12;
  sum.lost = 3;
  EXPECT_EQ(account(sum),
            "--- 160000 hits, 160000 completed, ? missed, 3 lost; 12 bystander stops; "
            "? us/hit ---\n");
}

TEST(Account, OneDecimal) {
  Summary sum = summary();
  sum.tracer_us_per_hit = 12.3456;
  EXPECT_NE(account(sum).find("; 12.3 us/hit"), std::string::npos);
  sum.tracer_us_per_hit = 4;
  EXPECT_NE(account(sum).find("; 4.0 us/hit"), std::string::npos);
}

TEST(Account, AFailedAuditIsExplainedBefore) {
  Summary sum = summary();
  sum.missed = {};
  sum.audit = "int3 gone at 0x401136";
  const std::string text = account(sum);
  EXPECT_TRUE(text.starts_with("--- the audit did not hold: int3 gone at 0x401136 ---\n--- 160000"))
      << text;
}

TEST(Account, InterimSaysSo) {
  Summary sum = summary();
  sum.interim = true;
  EXPECT_TRUE(account(sum).starts_with("--- so far: 160000 hits"));
}

}  // namespace
}  // namespace sidestep::output
