#include "linux/turns.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace sidestep::os {
namespace {

TEST(Turns, EachHotThreadIsAskedOnceARound) {
  Turns turns;
  for (int i = 1; i <= 100; ++i) turns.stopped({i});
  std::set<int> asked;
  for (std::size_t i = 0; i < turns.hot(); ++i) asked.insert(turns.next_hot().value);
  EXPECT_EQ(asked.size(), 100u);
}

TEST(Turns, ThreadsThatAlwaysHaveSomethingToTellShareEvenly) {
  Turns turns;
  for (int i = 1; i <= 7; ++i) turns.stopped({i});
  std::map<int, int> stops;
  for (int i = 0; i < 7'000; ++i) {
    const Tid next = turns.next_hot();
    turns.stopped(next);
    ++stops[next.value];
  }
  for (const auto& [tid, count] : stops) EXPECT_EQ(count, 1000) << tid;
}

TEST(Turns, OneThatHasNotStoppedForLongIsAskedWithTheOthers) {
  Turns turns;
  turns.stopped({1});
  turns.stopped({2});
  EXPECT_EQ(turns.hot(), 2u);
  for (int i = 0; i < 1000; ++i) turns.stopped({1});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(turns.next_hot().value, 1);
  EXPECT_EQ(turns.hot(), 1u);
  EXPECT_EQ(turns.next_cold().value, 2);
  turns.stopped({2});
  EXPECT_EQ(turns.hot(), 2u);
}

TEST(Turns, TheOthersAreAllComeTo) {
  Turns turns;
  for (int i = 1; i <= 50; ++i) turns.add({i});
  turns.stopped({7});
  std::set<int> asked;
  for (int i = 0; i < 49; ++i) asked.insert(turns.next_cold().value);
  EXPECT_EQ(asked.size(), 49u);
  EXPECT_FALSE(asked.contains(7));
}

TEST(Turns, WhoHasGoneIsAskedNoMore) {
  Turns turns;
  for (int i = 1; i <= 10; ++i) turns.stopped({i});
  for (int i = 11; i <= 20; ++i) turns.add({i});
  for (const int gone : {1, 5, 10, 11, 15, 20, 99}) turns.remove({gone});
  EXPECT_EQ(turns.size(), 14u);
  EXPECT_EQ(turns.hot(), 7u);
  for (int i = 0; i < 40; ++i) {
    const int hot = turns.next_hot().value, cold = turns.next_cold().value;
    EXPECT_TRUE(hot >= 2 && hot <= 9 && hot != 5) << hot;
    EXPECT_TRUE(cold >= 12 && cold <= 19 && cold != 15) << cold;
  }
}

TEST(Turns, NobodyIsNobody) {
  Turns turns;
  EXPECT_EQ(turns.next_hot().value, 0);
  EXPECT_EQ(turns.next_cold().value, 0);
  turns.add({1});
  EXPECT_EQ(turns.next_hot().value, 0);
  turns.add({1});
  EXPECT_EQ(turns.size(), 1u);
}

}  // namespace
}  // namespace sidestep::os
