// Each instruction of the corpus, in place and from its slot: nothing may differ.
//
// SIDESTEP_LONG=1: more encodings of each form, in all situations. SIDESTEP_SEED=n: others.
// SIDESTEP_ONLY=mnemonic: those only. SIDESTEP_COVERAGE=FILE: writes docs/coverage.md.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "amd64/amd64.hpp"
#include "coverage.hpp"

namespace sidestep::test {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

SurveyOptions options() {
  SurveyOptions out;
  if (const std::string seed = environment("SIDESTEP_SEED"); !seed.empty())
    out.extent.seed = out.corpus.seed = std::stoull(seed);
  if (!environment("SIDESTEP_LONG").empty()) {
    out.corpus.per_form = 4;
    out.extent.rounds = 3;
    out.extent.all_ways = true;
  }
  out.only = environment("SIDESTEP_ONLY");
  return out;
}

class Relocation : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto arch = amd64::make_architecture();
    survey_ = new Survey(survey(*arch, options()));
  }
  static void TearDownTestSuite() {
    delete survey_;
    survey_ = nullptr;
  }
  static Survey* survey_;
};
Survey* Relocation::survey_ = nullptr;

void expect_no_difference(const Survey& found) {
  constexpr std::size_t most_shown = 40;
  std::size_t shown = 0;
  for (const Difference& each : found.differences)
    if (++shown <= most_shown) ADD_FAILURE() << each.where << "\n    " << each.what;
  EXPECT_EQ(found.differences.size(), 0u);
}

/// Both ways of every conditional branch, or the corpus proves less than it says.
void expect_both_ways(const Survey& found) {
  for (const auto& [mnemonic, record] : found.mnemonics) {
    if (!record.conditional || record.native != Native::Completes) continue;
    EXPECT_TRUE(record.jumped && record.went_on) << ZydisMnemonicGetString(mnemonic);
  }
}

void expect_pc_relative_forms(const Survey& found) {
  for (const auto& [mnemonic, record] : found.mnemonics) {
    const char* const name = ZydisMnemonicGetString(mnemonic);
    EXPECT_TRUE(!record.addressable || record.pc_relative) << name << ": no RIP-relative encoding";
    if (record.native != Native::Completes || !record.pc_relative || record.refused_only())
      continue;
    EXPECT_TRUE(record.pc_relative_ran) << name << ": its RIP-relative form was not run";
  }
}

TEST_F(Relocation, IsSeenByNoInstruction) {
  expect_no_difference(*survey_);
  expect_both_ways(*survey_);
  expect_pc_relative_forms(*survey_);
  if (options().only.empty()) {
    for (const auto& line : unaccounted(*survey_)) ADD_FAILURE() << line;
  }
  if (const std::string file = environment("SIDESTEP_COVERAGE"); !file.empty()) {
    std::ofstream out(file);
    write_coverage(*survey_, out);
    EXPECT_TRUE(out.good()) << file;
  }
  std::cout << summary(*survey_) << std::endl;
}

}  // namespace
}  // namespace sidestep::test
