#include "linux/pace.hpp"

#include <gtest/gtest.h>

namespace sidestep::os {
namespace {

/// After many stops, `gap` ns apart, with `others` threads that want a processor besides.
Pace after(Wait policy, std::size_t processors, Nanoseconds gap, std::size_t others = 0) {
  Pace pace(policy, processors);
  Nanoseconds now = 1'000'000'000;
  for (int i = 0; i < 1000; ++i) {
    pace.stopped(now += gap);
    pace.note_runnable(others + 1, 1);
  }
  return pace;
}

TEST(Pace, NothingIsKeptAwakeForSlowStops) {
  const Pace::Plan plan = after(Wait::Auto, 2, 2'000'000).plan(1);
  EXPECT_EQ(plan.spin, 0);
  EXPECT_FALSE(plan.stay_awake);
  EXPECT_FALSE(plan.keep_other_busy);
}

TEST(Pace, NorAtTheBeginning) {
  EXPECT_FALSE(Pace(Wait::Auto, 8).plan(0).stay_awake);
}

TEST(Pace, WithTwoProcessorsTheOtherOneIsKeptBusyForOneHotThread) {
  const Pace::Plan plan = after(Wait::Auto, 2, 5'000).plan(1);
  EXPECT_EQ(plan.spin, 0);
  EXPECT_TRUE(plan.stay_awake);
  EXPECT_TRUE(plan.keep_other_busy);
}

TEST(Pace, UnlessSleepingIsDear) {
  const Pace::Plan plan = after(Wait::Auto, 2, 5'000).plan(1, true);
  EXPECT_GT(plan.spin, 5'000);
  EXPECT_FALSE(plan.keep_other_busy);
}

TEST(Pace, OtherwiseItSpinsForAWhileThatASleepWouldTakeToo) {
  for (const auto& [processors, hot] : {std::pair{8, 1}, {2, 4}}) {
    const Pace::Plan plan = after(Wait::Auto, processors, 3'000).plan(hot);
    EXPECT_GT(plan.spin, 3'000);
    EXPECT_LE(plan.spin, 20'000);
    EXPECT_TRUE(plan.stay_awake);
    EXPECT_FALSE(plan.keep_other_busy);
  }
}

TEST(Pace, NoProcessorIsTakenFromOthers) {
  for (const std::size_t hot : {1, 4}) {
    const Pace::Plan plan = after(Wait::Auto, 2, 5'000, 1).plan(hot);
    EXPECT_EQ(plan.spin, 0);
    EXPECT_FALSE(plan.stay_awake);
    EXPECT_FALSE(plan.keep_other_busy);
  }
  EXPECT_EQ(after(Wait::Auto, 1, 5'000).plan(1).spin, 0);
  EXPECT_FALSE(after(Wait::Auto, 1, 5'000).plan(1).keep_other_busy);
  EXPECT_GT(after(Wait::Auto, 4, 5'000, 1).plan(1).spin, 0);
  EXPECT_EQ(after(Wait::Auto, 4, 5'000, 3).plan(1).spin, 0);
}

TEST(Pace, OnePauseDoesNotMakeAFastLoadSlow) {
  Pace pace = after(Wait::Auto, 2, 5'000);
  pace.stopped(100'000'000'000);
  Nanoseconds now = 100'000'000'000;
  for (int i = 0; i < 40; ++i) pace.stopped(now += 5'000);
  EXPECT_TRUE(pace.plan(1).stay_awake);
}

/// Both sides asleep in between, stops are far apart, and nobody knows whether they need be.
TEST(Pace, BeingAwakeIsTriedAndGivenUpWhereItDoesNotHelp) {
  Pace pace(Wait::Auto, 2);
  Nanoseconds now = 1'000'000'000, awake = 0;
  for (int i = 0; i < 20'000; ++i) {
    const bool was_awake = pace.plan(1).stay_awake;
    const Nanoseconds gap = 120'000;
    awake += was_awake ? gap : 0;
    pace.stopped(now += gap);
  }
  EXPECT_GT(awake, 0);
  EXPECT_LT(awake, (now - 1'000'000'000) / 10);
}

/// A program's start-up is a rush of stops; behind it hits are rare.
TEST(Pace, ARushDoesNotKeepItAwakeForTheQuietBehindIt) {
  Pace pace = after(Wait::Auto, 2, 10'000);
  Nanoseconds now = 10'000'000'000, awake = 0;
  for (int i = 0; i < 1000; ++i) {
    awake += pace.plan(1).stay_awake;
    pace.stopped(now += 3'000'000);
  }
  EXPECT_LT(awake, 30);
}

TEST(Pace, AndKeptWhereItDoes) {
  Pace pace(Wait::Auto, 2);
  Nanoseconds now = 1'000'000'000;
  int asleep = 0;
  for (int i = 0; i < 20'000; ++i) {
    const bool awake = pace.plan(1).stay_awake;
    asleep += !awake;
    now += awake ? 4'000 : 90'000;
    if (i % 100 == 0) now += 3'000'000;  // somebody else had the processor
    pace.stopped(now);
  }
  EXPECT_LT(asleep, 200);
}

TEST(Pace, AFixedPolicyStaysFixed) {
  EXPECT_EQ(after(Wait::Block, 8, 1'000).plan(1).spin, 0);
  EXPECT_FALSE(after(Wait::Block, 8, 1'000).plan(1).stay_awake);
  EXPECT_GT(after(Wait::Spin, 1, 2'000'000, 9).plan(9).spin, 0);
  EXPECT_FALSE(after(Wait::Spin, 8, 1'000).plan(1).stay_awake);
  EXPECT_TRUE(after(Wait::Spin, 8, 1'000).never_sleeps());
}

}  // namespace
}  // namespace sidestep::os
