// What goes through the queue beside the records comes out as it went in; bytes that are pushed
// while somebody waits for them, and payloads larger than the queue, too.
#include "core/payload.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "core/byte_ring.hpp"

namespace sidestep::core {
namespace {

void put_item(std::vector<std::uint8_t>& out, std::uint8_t value) {
  append(out, std::uint8_t{0});
  append(out, std::uint32_t{1});
  append(out, value);
}

Observations two_probes() {
  Observations all(3);
  all[0].at_entry.program.items = 2;
  all[1].at_return = true;
  all[1].at_entry.program.items = 1;
  all[1].at_exit.program.items = 1;
  return all;
}

TEST(Payload, OfAHit) {
  std::vector<std::uint8_t> bytes = {1, 0, 1};
  put_item(bytes, 7);
  put_item(bytes, 8);
  append(bytes, Stack{5, {{0x10}, {0x20}}});
  Sights seen;
  read_hit(bytes, two_probes(), seen);
  ASSERT_EQ(seen.entry.size(), 3u);
  EXPECT_TRUE(seen.entry[0].fired);
  ASSERT_EQ(seen.entry[0].items.size(), 2u);
  EXPECT_EQ(seen.entry[0].items[1].bytes[0], 8);
  EXPECT_FALSE(seen.entry[1].fired);
  EXPECT_TRUE(seen.entry[1].items.empty());
  EXPECT_TRUE(seen.entry[2].fired);
  EXPECT_EQ(seen.stack.modules, 5u);
  EXPECT_EQ(seen.stack.frames, (std::vector<Address>{{0x10}, {0x20}}));
}

TEST(Payload, OfAReturn) {
  std::vector<std::uint8_t> entry = {0, 1, 0};
  put_item(entry, 3);
  append(entry, Stack{});
  std::vector<std::uint8_t> bytes;
  append(bytes, Nanoseconds{900});
  append(bytes, Nanoseconds{800});
  bytes.insert(bytes.end(), {0, 1, 0});
  append(bytes, static_cast<std::uint32_t>(entry.size()));
  bytes.insert(bytes.end(), entry.begin(), entry.end());
  put_item(bytes, 4);
  Sights seen;
  read_return(bytes, two_probes(), seen);
  EXPECT_EQ(seen.gross, 900);
  EXPECT_EQ(seen.net, 800);
  ASSERT_EQ(seen.entry[1].items.size(), 1u);
  EXPECT_EQ(seen.entry[1].items[0].bytes[0], 3);
  ASSERT_EQ(seen.exit[1].items.size(), 1u);
  EXPECT_EQ(seen.exit[1].items[0].bytes[0], 4);
  EXPECT_FALSE(seen.exit[0].fired);
}

/// The output thread reads all payloads into one object.
TEST(Payload, NothingIsLeftOfTheOneBefore) {
  std::vector<std::uint8_t> first = {1, 1, 1}, second = {0, 0, 1};
  for (int item = 0; item < 3; ++item) put_item(first, 7);
  append(first, Stack{5, {{0x10}}});
  append(second, Stack{6, {}});
  Sights seen;
  read_hit(first, two_probes(), seen);
  read_hit(second, two_probes(), seen);
  ASSERT_EQ(seen.entry.size(), 3u);
  EXPECT_FALSE(seen.entry[0].fired);
  EXPECT_TRUE(seen.entry[0].items.empty());
  EXPECT_TRUE(seen.entry[2].fired);
  EXPECT_EQ(seen.stack.modules, 6u);
  EXPECT_TRUE(seen.stack.frames.empty());
  read_hit(std::span(second).subspan(3), {}, seen);
  EXPECT_TRUE(seen.entry.empty());
}

TEST(ByteRing, GivesBackWhatWasPushedWhateverTheSizes) {
  ByteRing ring(256);
  constexpr int rounds = 2000;
  std::thread producer([&] {
    std::mt19937 rng(1);
    for (int i = 0; i < rounds; ++i) {
      std::vector<std::uint8_t> piece(rng() % 700 + 1);
      for (std::size_t n = 0; n < piece.size(); ++n)
        piece[n] = static_cast<std::uint8_t>(i + static_cast<int>(n));
      ring.push(piece);
    }
  });
  std::mt19937 rng(1);
  unsigned wrong = 0;
  for (int i = 0; i < rounds; ++i) {
    std::vector<std::uint8_t> piece(rng() % 700 + 1);
    ring.pop(piece);
    for (std::size_t n = 0; n < piece.size(); ++n)
      wrong += piece[n] != static_cast<std::uint8_t>(i + static_cast<int>(n));
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace sidestep::core
