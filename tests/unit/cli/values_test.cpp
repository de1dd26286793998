#include "cli/values.hpp"

#include <gtest/gtest.h>

namespace sidestep::cli {
namespace {

using namespace std::chrono_literals;

TEST(Duration, EveryUnit) {
  EXPECT_EQ(*parse_duration("-d", "500ns"), 500ns);
  EXPECT_EQ(*parse_duration("-d", "7us"), 7us);
  EXPECT_EQ(*parse_duration("-d", "10ms"), 10ms);
  EXPECT_EQ(*parse_duration("-d", "2s"), 2s);
  EXPECT_EQ(*parse_duration("-d", "1m"), 1min);
  EXPECT_EQ(*parse_duration("-d", "2h"), 2h);
  EXPECT_EQ(*parse_duration("-d", "1.5s"), 1500ms);
  EXPECT_EQ(*parse_duration("-d", ".5s"), 500ms);
}

TEST(Duration, NothingElse) {
  for (const char* bad : {"", "5", "s", "5 s", "-1s", "0s", "0.1ns", "1e3s", "5sec", "5s ", "nan",
                          "infs", "1..5s", "99999999999h", "0x10s"}) {
    EXPECT_FALSE(parse_duration("--duration", bad).ok()) << bad;
  }
}

TEST(Count, WholeNumbersFromOne) {
  EXPECT_EQ(*parse_count("--limit", "1"), 1u);
  EXPECT_EQ(*parse_count("--limit", "18446744073709551615"), ~std::uint64_t{0});
  for (const char* bad : {"", "0", "-1", "+1", "1k", "1.5", " 1", "18446744073709551616", "0x10"}) {
    EXPECT_FALSE(parse_count("--limit", bad).ok()) << bad;
  }
}

TEST(Size, WithinItsBounds) {
  EXPECT_EQ(*parse_size("-s", "0", 0, 9), 0u);
  EXPECT_EQ(*parse_size("-s", "9", 0, 9), 9u);
  EXPECT_FALSE(parse_size("-s", "10", 0, 9).ok());
  EXPECT_FALSE(parse_size("-k", "0", 1, 9).ok());
  for (const char* bad : {"", "-1", "+1", "1k", "1.5", " 1", "4294967296", "0x1"}) {
    EXPECT_FALSE(parse_size("-s", bad, 0, ~std::uint32_t{0}).ok()) << bad;
  }
}

TEST(List, KeepsEmptyPieces) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(split_list("a"), (Words{"a"}));
  EXPECT_EQ(split_list("a,b"), (Words{"a", "b"}));
  EXPECT_EQ(split_list(",a,"), (Words{"", "a", ""}));
}

}  // namespace
}  // namespace sidestep::cli
