#include "core/site_index.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <unordered_map>

#include "core/steady_vector.hpp"

namespace sidestep::core {
namespace {

/// Keys that share their places in a small table, as well as any others.
std::uint64_t some_key(std::mt19937_64& random) {
  const std::uint64_t narrow = random() % 64, wide = random();
  switch (random() % 3) {
    case 0:
      return 0x55'5555'0000 + narrow;
    case 1:
      return narrow << 32;
    default:
      return wide % 512 == 0 ? wide : wide % 512;
  }
}

TEST(SparseIndex, IsWhatAMapIsThroughAnyComingsAndGoings) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    SparseIndex index;
    std::unordered_map<std::uint64_t, std::uint32_t> model;
    std::vector<std::uint64_t> keys;  // by number
    const auto key_of = [&](std::uint32_t number) { return keys[number]; };
    for (int i = 0; i < 4000; ++i) {
      const std::uint64_t key = some_key(random);
      if (model.contains(key) && random() % 2) {
        index.erase(key, key_of);
        model.erase(key);
      } else if (!model.contains(key)) {
        const auto number = static_cast<std::uint32_t>(keys.size());
        keys.push_back(key);
        index.add(key, number, key_of);
        model[key] = number;
      }
      const std::uint64_t asked = some_key(random);
      const auto known = model.find(asked);
      ASSERT_EQ(index.find(asked, key_of), known == model.end() ? no_site : known->second);
    }
    for (const auto& [key, number] : model) ASSERT_EQ(index.find(key, key_of), number);
  }
}

TEST(SparseIndex, ErasingWhatIsNotThereChangesNothing) {
  SparseIndex index;
  const auto key_of = [](std::uint32_t number) { return std::uint64_t{number} * 7; };
  index.erase(1, key_of);
  EXPECT_EQ(index.find(1, key_of), no_site);
  index.add(7, 1, key_of);
  index.erase(8, key_of);
  EXPECT_EQ(index.find(7, key_of), 1u);
}

TEST(DenseIndex, IsWhatAMapIs) {
  std::mt19937_64 random(1);
  DenseIndex index;
  std::unordered_map<std::uint64_t, std::uint32_t> model;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t key = some_key(random);
    const auto number = static_cast<std::uint32_t>(i);
    if (random() % 3) {
      index.set(key, number);
      model[key] = number;
    } else {
      index.erase(key);
      model.erase(key);
    }
    const std::uint64_t asked = some_key(random);
    const auto known = model.find(asked);
    ASSERT_EQ(index.find(asked), known == model.end() ? no_site : known->second);
  }
}

TEST(SteadyVector, ElementsStayWhereTheyAre) {
  SteadyVector<std::string> words;
  words.push_back("first");
  const std::string* first = &words[0];
  for (int i = 1; i < 10'000; ++i) words.push_back(std::to_string(i));
  EXPECT_EQ(&words[0], first);
  EXPECT_EQ(*first, "first");
  EXPECT_EQ(words.size(), 10'000u);
  for (int i = 1; i < 10'000; ++i) ASSERT_EQ(words[i], std::to_string(i));
}

}  // namespace
}  // namespace sidestep::core
