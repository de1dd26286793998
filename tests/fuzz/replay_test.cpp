// The seeds of a fuzz target, findings of the past among them, each run once. Needs no fuzzer and
// no Clang: this is what keeps a mended fault mended.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "target.hpp"

namespace sidestep::fuzz {
namespace {

TEST(FUZZ_TARGET, SeedsGiveNoFinding) {
  int seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SEEDS)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    SCOPED_TRACE(entry.path().string());
    EXPECT_NO_FATAL_FAILURE(
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
    ++seeds;
  }
  EXPECT_GT(seeds, 0);
}

}  // namespace
}  // namespace sidestep::fuzz
