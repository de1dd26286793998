// Every class of instruction, near and far: the right slot passes, and with any one byte changed to
// anything else, any one place of the PC map moved, lost or told wrong, it does not.
#include <gtest/gtest.h>

#include "samples.hpp"

namespace sidestep::oracle::test {

void PrintTo(const Sample& sample, std::ostream* out) {
  *out << sample.name;
}

namespace {

struct Right {
  core::Instruction insn;
  core::SlotImage image;
  Address slot;
};

class EveryByte : public testing::TestWithParam<Sample> {
 protected:
  /// The slots that can be had for it: near, and if it reaches that far, far.
  std::vector<Right> slots() const {
    std::vector<Right> out;
    const core::Instruction insn = analyzed(GetParam());
    for (const Address slot : {near_slot, far_slot})
      if (reached(insn, slot)) out.push_back({insn, relocated(insn, slot), slot});
    return out;
  }
};

TEST_P(EveryByte, TheRightOnePasses) {
  EXPECT_EQ(
      judge_verdict(GetParam().code, GetParam().site, verdict_of(GetParam().code, GetParam().site)),
      "");
  ASSERT_FALSE(slots().empty());
  for (const Right& right : slots()) EXPECT_EQ(judge_slot(right.insn, right.image, right.slot), "");
}

TEST_P(EveryByte, NoOtherByteWillDo) {
  for (const Right& right : slots()) {
    for (std::size_t at = 0; at < right.image.bytes.size(); ++at) {
      for (unsigned flip = 1; flip < 256; ++flip) {
        core::SlotImage wrong = right.image;
        wrong.bytes[at] = static_cast<std::uint8_t>(wrong.bytes[at] ^ flip);
        EXPECT_NE(judge_slot(right.insn, wrong, right.slot), "")
            << "byte " << at << " became " << unsigned{wrong.bytes[at]};
      }
    }
  }
}

TEST_P(EveryByte, NoPlaceOfThePcMapCanBeWrong) {
  using Progress = core::PcPoint::Progress;
  const auto judged = [](const Right& right, const core::SlotImage& image) {
    return judge_slot(right.insn, image, right.slot);
  };
  for (const Right& right : slots()) {
    for (std::size_t at = 0; at < right.image.points.size(); ++at) {
      core::SlotImage moved = right.image, elsewhere = right.image, half = right.image;
      moved.points[at].offset = static_cast<std::uint8_t>(moved.points[at].offset + 1);
      EXPECT_NE(judged(right, moved), "") << at;
      elsewhere.points[at].resume = elsewhere.points[at].resume + 1;
      EXPECT_NE(judged(right, elsewhere), "") << at;
      const bool pushed = half.points[at].progress == Progress::Pushed;
      half.points[at].progress = pushed ? Progress::NotStarted : Progress::Pushed;
      EXPECT_NE(judged(right, half), "") << at;
    }
  }
}

TEST_P(EveryByte, NothingCanBeLeftOut) {
  for (const Right& right : slots()) {
    core::SlotImage wrong = right.image;
    if (wrong.bytes.empty()) continue;  // int3 has no slot
    wrong.bytes = {};
    for (std::size_t i = 0; i + 1 < right.image.bytes.size(); ++i)
      wrong.bytes.push_back(right.image.bytes[i]);
    EXPECT_NE(judge_slot(right.insn, wrong, right.slot), "");
    wrong = right.image;
    wrong.points = {};
    EXPECT_NE(judge_slot(right.insn, wrong, right.slot), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, EveryByte, testing::ValuesIn(samples()),
                         [](const auto& sample) { return sample.param.name; });

}  // namespace
}  // namespace sidestep::oracle::test
