#include "linux/pace.hpp"

#include <gtest/gtest.h>

namespace sidestep::os {
namespace {

/// After many stops, `gap` ns apart, with `others` threads that want a processor besides.
Pace after(Wait policy, std::size_t processors, Nanoseconds gap, std::size_t others = 0) {
  Pace pace(policy, processors, true);
  Nanoseconds now = 1'000'000'000;
  for (int i = 0; i < 1000; ++i) {
    pace.stopped(now += gap);
    pace.note_runnable(others + 1, 1);
  }
  return pace;
}

void expect_nothing(const Pace::Plan& plan) {
  EXPECT_EQ(plan.spin, 0);
  EXPECT_EQ(plan.awake, 0);
  EXPECT_EQ(plan.company, 0);
}

TEST(Pace, NothingIsKeptAwakeForSlowStops) {
  expect_nothing(after(Wait::Auto, 2, 2'000'000).plan());
}

TEST(Pace, NorAtTheBeginning) {
  expect_nothing(Pace(Wait::Auto, 8, true).plan());
  expect_nothing(Pace(Wait::Auto, 2, true).plan());
}

TEST(Pace, WithTwoProcessorsCompanyIsKept) {
  const Pace::Plan plan = after(Wait::Auto, 2, 5'000).plan();
  EXPECT_EQ(plan.spin, 0);
  EXPECT_EQ(plan.awake, 0);
  EXPECT_GT(plan.company, 1'000'000);
  EXPECT_LT(plan.company, 20'000'000);
}

TEST(Pace, WhereOthersKeepTheOtherProcessorBusyItStaysBesideTheThreadThatIsHit) {
  const Pace::Plan plan = after(Wait::Auto, 2, 5'000, 2).plan();
  EXPECT_TRUE(plan.beside);
  expect_nothing(plan);
  EXPECT_FALSE(after(Wait::Auto, 2, 2'000'000, 2).plan().beside);  // no load
  EXPECT_FALSE(after(Wait::Auto, 2, 5'000, 0).plan().beside);      // nobody else
  EXPECT_FALSE(after(Wait::Auto, 8, 5'000, 7).plan().beside);      // who knows where
  EXPECT_FALSE(after(Wait::Block, 2, 5'000, 2).plan().beside);
}

TEST(Pace, WithoutAWayToKeepItItSpins) {
  Pace pace(Wait::Auto, 2, false);
  Nanoseconds now = 1'000'000'000;
  for (int i = 0; i < 1000; ++i) pace.stopped(now += 5'000);
  EXPECT_EQ(pace.plan().company, 0);
  EXPECT_GT(pace.plan().spin, 0);
  EXPECT_GT(pace.plan().awake, 0);
}

TEST(Pace, WithMoreItSpinsForAWhileThatASleepWouldTakeToo) {
  const Pace::Plan plan = after(Wait::Auto, 8, 3'000).plan();
  EXPECT_GT(plan.spin, 3'000);
  EXPECT_LE(plan.spin, 20'000);
  EXPECT_GT(plan.awake, 0);
  EXPECT_EQ(plan.company, 0);
}

TEST(Pace, UnlessSleepingIsDear) {
  const Pace pace = after(Wait::Auto, 2, 5'000);
  EXPECT_GT(pace.plan(false).company, 0);
  EXPECT_EQ(pace.plan(true).company, 0);
  EXPECT_GT(pace.plan(true).spin, 0);
}

TEST(Pace, NoProcessorIsTakenFromOthers) {
  expect_nothing(after(Wait::Auto, 2, 5'000, 2).plan());
  expect_nothing(after(Wait::Auto, 1, 5'000).plan());
  EXPECT_GT(after(Wait::Auto, 4, 5'000, 1).plan().spin, 0);
  expect_nothing(after(Wait::Auto, 4, 5'000, 3).plan());
}

/// The tracing thread has had `part` hundredths of the time that has passed, and others, who are
/// not known, `others` hundredths.
Pace::Times times(Nanoseconds passed, Nanoseconds part, Nanoseconds others) {
  return {passed * part / 100, 2 * passed - passed * others / 100};
}

Pace over(int stops, Nanoseconds part, Nanoseconds others, std::size_t hot) {
  constexpr Nanoseconds gap = 5'000;
  Pace pace(Wait::Auto, 2, true);
  Nanoseconds now = 1'000'000'000;
  for (int i = 0; i < stops; ++i) {
    pace.stopped(now += gap);
    if (pace.wants_times()) pace.note_times(times(now, part, others), hot);
  }
  return pace;
}

TEST(Pace, CompanyIsKeptForThreadsThatDoLittleElseThanBeingHit) {
  EXPECT_GT(over(10'000, 55, 2, 4).plan().company, 0);
  EXPECT_GT(over(100'000, 55, 2, 4).plan().company, 0);
}

TEST(Pace, ThoseThatDoMoreAreLeftAProcessorEach) {
  EXPECT_EQ(over(16'000, 10, 2, 4).plan().company, 0);
  EXPECT_GT(over(16'000, 10, 2, 4).plan().spin, 0);
}

TEST(Pace, ASingleThreadHasNoUseForTwo) {
  EXPECT_GT(over(16'000, 10, 2, 1).plan().company, 0);
}

TEST(Pace, CompanyThatIsInTheWayLeaves) {
  EXPECT_EQ(over(16'000, 55, 60, 1).plan().company, 0);
}

TEST(Pace, AndComesAgainLessAndLessOften) {
  constexpr Nanoseconds gap = 5'000;
  Pace pace(Wait::Auto, 2, true);
  Nanoseconds now = 1'000'000'000, early = 0, late = 0;
  constexpr int stops = 2'000'000;  // ten seconds
  for (int i = 0; i < stops; ++i) {
    (i < stops / 10 ? early : late) += pace.plan().company != 0;
    pace.stopped(now += gap);
    if (pace.wants_times()) pace.note_times(times(now, 55, 60), 1);
  }
  EXPECT_GT(late, 0);
  EXPECT_LT(late, stops / 20);
  EXPECT_LT(late / 9, early);
}

TEST(Pace, AShortMomentInTheWayIsNone) {
  constexpr Nanoseconds gap = 5'000;
  Pace pace(Wait::Auto, 2, true);
  Nanoseconds now = 1'000'000'000, known = 0, before = now;
  for (int i = 0, looks = 0; i < 200'000; ++i) {
    pace.stopped(now += gap);
    if (!pace.wants_times()) continue;
    known += (now - before) * (++looks % 3 == 0 ? 1 : 2);
    before = now;
    pace.note_times({now * 55 / 100, known}, 2);
    EXPECT_GT(pace.plan().company, 0);
  }
}

TEST(Pace, ThreadsOfAProgramThatWeStartAreBornInCompany) {
  Pace pace(Wait::Auto, 2, true);
  pace.launched();
  Nanoseconds now = 1'000'000'000;
  pace.stopped(now);
  expect_nothing(pace.plan());
  pace.thread_born(now);
  EXPECT_GT(pace.plan().company, 10'000'000);
  pace.stopped(now += 50'000'000);
  expect_nothing(pace.plan());
  for (int i = 0; i < 20; ++i) pace.stopped(now += 50'000'000);
  pace.thread_born(now);  // it is not young any more
  expect_nothing(pace.plan());
}

TEST(Pace, OnePauseDoesNotMakeAFastLoadSlow) {
  Pace pace = after(Wait::Auto, 2, 5'000);
  pace.stopped(100'000'000'000);
  Nanoseconds now = 100'000'000'000;
  for (int i = 0; i < 40; ++i) pace.stopped(now += 5'000);
  EXPECT_GT(pace.plan().company, 0);
}

/// Both sides asleep in between, stops are far apart, and nobody knows whether they need be.
TEST(Pace, BeingAwakeIsTriedAndGivenUpWhereItDoesNotHelp) {
  for (const Nanoseconds gap : {60'000, 120'000, 160'000, 250'000, 390'000}) {
    Pace pace(Wait::Auto, 2, true);
    Nanoseconds now = 1'000'000'000, awake = 0;
    for (int i = 0; i < 20'000; ++i) {
      awake += pace.plan().company != 0 ? gap : 0;
      pace.stopped(now += gap);
    }
    EXPECT_GT(awake, 0) << gap;
    EXPECT_LT(awake, (now - 1'000'000'000) / 10) << gap;
  }
}

TEST(Pace, CompanyThatCanNotBeHadIsDoneWithoutForAWhile) {
  Pace pace = after(Wait::Auto, 2, 5'000);
  EXPECT_GT(pace.plan().company, 0);
  pace.note_no_company();
  EXPECT_EQ(pace.plan().company, 0);
  EXPECT_GT(pace.plan().spin, 0);
}

/// A program's start-up is a rush of stops; behind it hits are rare.
TEST(Pace, ARushDoesNotKeepItAwakeForTheQuietBehindIt) {
  Pace pace = after(Wait::Auto, 2, 10'000);
  Nanoseconds now = 10'000'000'000, awake = 0;
  for (int i = 0; i < 1000; ++i) {
    awake += pace.plan().company != 0;
    pace.stopped(now += 3'000'000);
  }
  EXPECT_LT(awake, 30);
}

TEST(Pace, AndKeptWhereItDoes) {
  Pace pace(Wait::Auto, 2, true);
  Nanoseconds now = 1'000'000'000;
  int asleep = 0;
  for (int i = 0; i < 20'000; ++i) {
    const bool awake = pace.plan().company != 0;
    asleep += !awake;
    now += awake ? 4'000 : 90'000;
    if (i % 100 == 0) now += 3'000'000;  // somebody else had the processor
    pace.stopped(now);
  }
  EXPECT_LT(asleep, 200);
}

TEST(Pace, AFixedPolicyStaysFixed) {
  EXPECT_EQ(after(Wait::Block, 8, 1'000).plan().spin, 0);
  expect_nothing(after(Wait::Block, 8, 1'000).plan());
  EXPECT_GT(after(Wait::Spin, 1, 2'000'000, 9).plan().spin, 0);
  EXPECT_EQ(after(Wait::Spin, 8, 1'000).plan().awake, 0);
  EXPECT_TRUE(after(Wait::Spin, 8, 1'000).never_sleeps());
}

}  // namespace
}  // namespace sidestep::os
