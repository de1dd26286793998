// Which calls a return ends, and which were left without one.
#include "core/calls.hpp"

#include <gtest/gtest.h>

namespace sidestep::core {
namespace {

using Entry = Calls::Entry;

constexpr Address back{0x100}, elsewhere{0x200};
const auto watch = std::make_shared<Watch>();

Call call(std::uint32_t site, std::uint64_t key, Address returns_to = back, Nanoseconds at = 0) {
  return {static_cast<SiteId>(site), watch, key, returns_to, Tid{1}, at, 0, {}};
}

std::vector<std::uint32_t> ended(Calls& calls, std::uint64_t key, Address at = back) {
  std::vector<Call> all;
  calls.leave(key, at, all);
  std::vector<std::uint32_t> sites;
  for (const Call& one : all) sites.push_back(static_cast<std::uint32_t>(one.site));
  return sites;
}

using Sites = std::vector<std::uint32_t>;

TEST(Calls, EndAtTheirOwnKeyAndPlace) {
  Calls calls;
  calls.enter(call(1, 1000), Entry::ByCall);
  calls.enter(call(1, 900), Entry::ByCall);
  EXPECT_EQ(ended(calls, 950), Sites{});
  EXPECT_EQ(ended(calls, 900, elsewhere), Sites{});
  EXPECT_EQ(ended(calls, 900), Sites{1});
  EXPECT_EQ(ended(calls, 900), Sites{});
  EXPECT_EQ(ended(calls, 1000), Sites{1});
  EXPECT_EQ(calls.size(), 0u);
}

/// They may be on another stack, and come back later.
TEST(Calls, DeeperOnesAreNotTakenAlong) {
  Calls calls;
  calls.enter(call(1, 1000), Entry::ByCall);
  calls.enter(call(2, 900), Entry::ByCall);
  EXPECT_EQ(ended(calls, 1000), Sites{1});
  EXPECT_EQ(ended(calls, 900), Sites{2});
}

TEST(Calls, ATailCallReturnsForBothTheInnermostFirst) {
  Calls calls;
  calls.enter(call(1, 1000), Entry::ByCall);
  calls.enter(call(2, 1000), Entry::Uncertain);
  calls.enter(call(3, 1000), Entry::Uncertain);
  EXPECT_EQ(ended(calls, 1000), (Sites{3, 2, 1}));
}

TEST(Calls, ACallReplacesWhatWasLeftThere) {
  Calls calls;
  calls.enter(call(1, 1000), Entry::ByCall);
  calls.enter(call(2, 1000), Entry::Uncertain);
  calls.enter(call(1, 1000), Entry::ByCall);
  EXPECT_EQ(calls.size(), 1u);
  EXPECT_EQ(ended(calls, 1000), Sites{1});
}

TEST(Calls, AnotherReturnAddressIsAnotherCall) {
  Calls calls;
  calls.enter(call(1, 1000), Entry::ByCall);
  calls.enter(call(2, 1000, elsewhere), Entry::Uncertain);
  EXPECT_EQ(ended(calls, 1000), Sites{});
  EXPECT_EQ(ended(calls, 1000, elsewhere), Sites{2});
}

/// Called through a stub of the linker, or through a pointer: the call does not tell.
TEST(Calls, TheSameFunctionByAnUncertainCallIsTakenForANewCall) {
  Calls calls;
  calls.enter(call(1, 1000), Entry::Uncertain);
  calls.enter(call(2, 1000), Entry::Uncertain);
  calls.enter(call(1, 1000), Entry::Uncertain);
  EXPECT_EQ(calls.size(), 1u) << "with a call go the tail calls that it has made";
  EXPECT_EQ(ended(calls, 1000), Sites{1});
}

TEST(Calls, ThoseThatNeverComeBackAreBounded) {
  Calls calls;
  constexpr std::uint64_t many = 200'000;
  for (std::uint64_t i = 0; i < many; ++i)
    calls.enter(call(1, 16 * i, back, static_cast<Nanoseconds>(i)), Entry::ByCall);
  EXPECT_LE(calls.size(), std::size_t{1} << 16);
  EXPECT_EQ(ended(calls, 16 * (many - 1)), Sites{1}) << "the latest are kept";
  EXPECT_EQ(ended(calls, 0), Sites{}) << "the oldest are not";
}

}  // namespace
}  // namespace sidestep::core
