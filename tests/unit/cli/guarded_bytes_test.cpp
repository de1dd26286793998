// What the guardian puts back, with this process as the one whose bytes were changed.
#include "cli/guarded_bytes.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <vector>

namespace sidestep::cli {
namespace {

constexpr std::uint8_t trap = 0xcc;

class Code {
 public:
  explicit Code(std::size_t size) : bytes_(size, 0x90) {}

  void arm(GuardedBytes& guarded, std::size_t i) {
    guarded.armed(self_, at(i), bytes_[i]);
    bytes_[i] = trap;
  }
  void restore(GuardedBytes& guarded, std::size_t i) {
    bytes_[i] = 0x90;
    guarded.restored(self_, at(i));
  }
  std::size_t traps() const {
    return static_cast<std::size_t>(std::count(bytes_.begin(), bytes_.end(), trap));
  }
  std::vector<std::uint8_t>& bytes() { return bytes_; }

 private:
  Address at(std::size_t i) const { return {reinterpret_cast<std::uint64_t>(&bytes_[i])}; }

  const Pid self_{::getpid()};
  std::vector<std::uint8_t> bytes_;
};

TEST(GuardedBytes, PutsBackWhatIsArmedAndNothingElse) {
  GuardedBytes guarded;
  Code code(20'000);
  for (std::size_t i = 0; i < 20'000; i += 2) code.arm(guarded, i);
  for (std::size_t i = 0; i < 20'000; i += 4) code.restore(guarded, i);
  code.bytes()[1] = trap;  // the program's own
  EXPECT_EQ(guarded.restore_all().bytes, 5'000u);
  EXPECT_EQ(code.traps(), 1u);
}

TEST(GuardedBytes, ABytesLastStateCounts) {
  GuardedBytes guarded;
  Code code(500);
  std::mt19937 random(1);
  std::vector<bool> armed(500, false);
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t i = random() % 500;
    if (armed[i])
      code.restore(guarded, i);
    else
      code.arm(guarded, i);
    armed[i] = !armed[i];
  }
  const auto expected = static_cast<std::size_t>(std::count(armed.begin(), armed.end(), true));
  EXPECT_EQ(guarded.restore_all().bytes, expected);
  EXPECT_EQ(code.traps(), 0u);
}

TEST(GuardedBytes, KnowsTheOriginalOfTheLastArming) {
  GuardedBytes guarded;
  Code code(1);
  code.arm(guarded, 0);
  code.restore(guarded, 0);
  code.bytes()[0] = 0x55;  // other code has been loaded there
  code.arm(guarded, 0);
  guarded.restore_all();
  EXPECT_EQ(code.bytes()[0], 0x55);
}

TEST(GuardedBytes, LeavesAloneWhatIsNoTrapAnyMore) {
  GuardedBytes guarded;
  Code code(1);
  code.arm(guarded, 0);
  code.bytes()[0] = 0x55;
  EXPECT_EQ(guarded.restore_all().bytes, 0u);
  EXPECT_EQ(code.bytes()[0], 0x55);
}

TEST(GuardedBytes, RestoringWhatWasNeverArmedIsNoHarm) {
  GuardedBytes guarded;
  guarded.restored({::getpid()}, {0x1000});
  EXPECT_EQ(guarded.restore_all().bytes, 0u);
}

}  // namespace
}  // namespace sidestep::cli
