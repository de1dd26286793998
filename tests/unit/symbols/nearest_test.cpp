#include "symbols/nearest.hpp"

#include <gtest/gtest.h>

namespace sidestep::symbols {
namespace {

std::size_t distance(std::string_view a, std::string_view b, std::size_t limit = 9) {
  std::vector<std::size_t> rows[3];
  return edit_distance(a, b, limit, rows);
}

TEST(EditDistance, CountsEachKindOfEditOnce) {
  EXPECT_EQ(distance("abc", "abc"), 0u);
  EXPECT_EQ(distance("abc", "abd"), 1u);
  EXPECT_EQ(distance("abc", "ab"), 1u);
  EXPECT_EQ(distance("abc", "abxc"), 1u);
  EXPECT_EQ(distance("abc", "acb"), 1u);
  EXPECT_EQ(distance("kitten", "sitting"), 3u);
  EXPECT_EQ(distance("", "abc"), 3u);
  EXPECT_EQ(distance("abcdef", "uvwxyz", 2), 3u);
}

std::vector<std::string> nearest(std::string_view wanted, std::initializer_list<const char*> names,
                                 std::size_t count = 3) {
  NearestNames all(wanted, count);
  for (const char* n : names) all.consider(n);
  return std::move(all).take();
}

using Names = std::vector<std::string>;

TEST(NearestNames, BestFirst) {
  EXPECT_EQ(
      nearest("processComand", {"processCommand", "processClients", "exit", "processCommands"}),
      (Names{"processCommand", "processCommands"}));
  EXPECT_EQ(nearest("MALLOC", {"malloc", "calloc", "free"}), (Names{"malloc", "calloc"}));
  EXPECT_EQ(nearest("process", {"processCommand", "progress"}),
            (Names{"progress", "processCommand"}));
  EXPECT_EQ(nearest("handle", {"shop::Server::handle", "candle"}, 1),
            (Names{"shop::Server::handle"}));
  EXPECT_EQ(nearest("http_rq*", {"http_req", "http_x"}, 1), (Names{"http_req"}));
}

TEST(NearestNames, NothingIsBetterThanNonsense) {
  EXPECT_EQ(nearest("quicksort", {"malloc", "free"}), Names{});
  EXPECT_EQ(nearest("*", {"malloc"}), Names{});
  EXPECT_EQ(nearest("ab", {"xy", "cd"}), Names{});
}

TEST(NearestNames, NotTheNameItself) {
  EXPECT_EQ(nearest("memcpy", {"memcpy", "mempcpy"}), Names{"mempcpy"});
}

TEST(NearestNames, EachNameOnce) {
  EXPECT_EQ(nearest("mallok", {"malloc", "malloc", "malloc"}), Names{"malloc"});
}

}  // namespace
}  // namespace sidestep::symbols
