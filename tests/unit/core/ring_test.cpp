// The queue between the tracing and the output thread: order, capacity, and no wake-up lost. The
// stress is the test that ThreadSanitizer is for (-DSIDESTEP_SANITIZE=thread).
#include "core/ring.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

namespace sidestep::core::test {
namespace {

TEST(Ring, FirstInFirstOut) {
  Ring<int> ring(4);
  int item = 0;
  EXPECT_TRUE(ring.empty());
  EXPECT_FALSE(ring.pop(item));
  for (int i = 1; i <= 3; ++i) ring.push(i);
  EXPECT_FALSE(ring.empty());
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(ring.pop(item));
    EXPECT_EQ(item, i);
  }
  EXPECT_FALSE(ring.pop(item));
}

TEST(Ring, GoesRoundWhenFilledToTheBrim) {
  Ring<int> ring(3);  // rounded up to four
  int item = 0;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 4; ++i) ring.push(4 * round + i);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(ring.pop(item));
      EXPECT_EQ(item, 4 * round + i);
    }
    EXPECT_TRUE(ring.empty());
  }
}

TEST(Ring, DoesNotSleepWhileThereIsSomething) {
  Ring<int> ring(2);
  ring.push(7);
  ring.sleep_until_pushed();
  int item = 0;
  EXPECT_TRUE(ring.pop(item));
  EXPECT_EQ(item, 7);
}

/// Room is given back in batches: all of it must come back before somebody waits for it.
TEST(Ring, TheLastItemsRoomIsGivenBackToo) {
  Ring<int> ring(16);
  int item = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 16; ++i) ring.push(i);
    while (ring.pop(item)) {
    }
  }
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(item, 15);
}

/// Wide enough that a torn or early read shows.
struct Wide {
  std::uint64_t a = 0, b = 0, c = 0;
};

/// A small queue, so that both sides keep falling asleep; a lost wake-up hangs, and the time limit
/// of the test case says so.
TEST(Ring, TwoThreadsLoseAndReorderNothing) {
  constexpr std::uint64_t count = 100'000;
  Ring<Wide> ring(4);
  std::thread producer([&] {
    for (std::uint64_t i = 1; i <= count; ++i) ring.push({i, ~i, i * 3});
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 1; i <= count; ++i) {
    Wide item;
    while (!ring.pop(item)) ring.sleep_until_pushed();
    wrong += item.a != i || item.b != ~i || item.c != i * 3;
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_TRUE(ring.empty());
}

}  // namespace
}  // namespace sidestep::core::test
