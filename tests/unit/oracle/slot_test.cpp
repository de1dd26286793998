// Slots that are wrong in the ways in which tracers have been wrong, written out by hand.
#include <gtest/gtest.h>

#include "samples.hpp"

namespace sidestep::oracle::test {
namespace {

using core::PcPoint;
using Progress = core::PcPoint::Progress;

constexpr Address site{0x40'1000};

core::Instruction insn_of(const Code& code) {
  return analyzed({"", code, site});
}

/// As bytes: jmp rel32, `at` bytes into the slot, to `target`.
Code jump(std::size_t at, Address target) {
  const auto distance = static_cast<std::uint64_t>(target - (near_slot + at + 5));
  Code out{0xe9};
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(distance >> (8 * i)));
  return out;
}

Code joined(std::initializer_list<Code> parts) {
  Code out;
  for (const Code& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Code padding(std::size_t bytes) {
  return Code(bytes, 0xcc);
}

std::string judged(const core::Instruction& insn, const Code& bytes, std::vector<PcPoint> points) {
  return judge_slot(insn, image_of(bytes, std::move(points)), near_slot);
}

TEST(Slot, ASystemCallWithoutAJumpBack) {
  const auto insn = insn_of({0x0f, 0x05});
  const std::vector<PcPoint> points{{0, Progress::NotStarted, site},
                                    {2, Progress::Done, insn.next()}};
  EXPECT_EQ(judged(insn, joined({{0x0f, 0x05}, jump(2, insn.next())}), points), "");
  EXPECT_EQ(judged(insn, {0x0f, 0x05}, points), "slot+2: runs out of the slot");
  EXPECT_EQ(judged(insn, joined({{0x0f, 0x05}, jump(2, site)}), points),
            "slot+2: goes on elsewhere");
}

TEST(Slot, ARunTwice) {
  const auto insn = insn_of({0x0f, 0x05});
  EXPECT_EQ(judged(insn, joined({{0x0f, 0x05, 0x0f, 0x05}, jump(4, insn.next())}),
                   {{0, Progress::NotStarted, site},
                    {2, Progress::Done, insn.next()},
                    {4, Progress::Done, insn.next()}}),
            "slot+2: does more than the instruction");
}

TEST(Slot, ALoopWidenedLikeAConditionalJump) {
  const auto insn = insn_of({0xe2, 0x10});  // loop +0x10
  const Address target = insn.next() + 0x10;
  const auto distance = static_cast<std::uint64_t>(target - (near_slot + 6));
  Code bytes{0x0f, 0x82};
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(distance >> (8 * i)));
  EXPECT_EQ(judged(insn, joined({bytes, jump(6, insn.next())}),
                   {{0, Progress::NotStarted, site}, {6, Progress::Done, insn.next()}}),
            "slot+0: another condition");
}

TEST(Slot, ACallThatPushesTheSlotsAddress) {
  const auto insn = insn_of({0xe8, 0x00, 0x10, 0x00, 0x00});
  Code call = jump(0, insn.next() + 0x1000);
  call[0] = 0xe8;
  EXPECT_EQ(judged(insn, call, {{0, Progress::NotStarted, site}}),
            "slot+0: another instruction than the glue's");
}

TEST(Slot, ACallThatPushesAnotherReturnAddress) {
  const auto insn = insn_of({0xe8, 0x00, 0x10, 0x00, 0x00});
  const Address target = insn.next() + 0x1000;
  const auto slot_with = [&](Address pushed) {
    Code data;
    for (int i = 0; i < 8; ++i) data.push_back(static_cast<std::uint8_t>(pushed.value >> (8 * i)));
    return joined({{0xff, 0x35, 10, 0, 0, 0}, jump(6, target), padding(5), data});
  };
  const std::vector<PcPoint> points{{0, Progress::NotStarted, site}, {6, Progress::Done, target}};
  EXPECT_EQ(judged(insn, slot_with(insn.next()), points), "");
  EXPECT_EQ(judged(insn, slot_with(near_slot + 6), points), "slot+0: another return address");
  EXPECT_EQ(judged(insn, slot_with(site), points), "slot+0: another return address");
}

TEST(Slot, ACallThroughTheStackThatForgetsItsOwnPush) {
  const auto insn = insn_of({0xff, 0x54, 0x24, 0x10});  // call [rsp+0x10]
  const auto slot_with = [&](std::uint8_t displacement) {
    Code data;
    for (int i = 0; i < 8; ++i)
      data.push_back(static_cast<std::uint8_t>(insn.next().value >> (8 * i)));
    return joined({{0xff, 0x35, 10, 0, 0, 0}, {0xff, 0x64, 0x24, displacement}, padding(6), data});
  };
  const std::vector<PcPoint> points{{0, Progress::NotStarted, site}, {6, Progress::Pushed, site}};
  EXPECT_EQ(judged(insn, slot_with(0x18), points), "");
  EXPECT_EQ(judged(insn, slot_with(0x10), points), "slot+6: another displacement");
}

TEST(Slot, APushThatTheInstructionDoesNotMake) {
  const auto insn = insn_of({0xeb, 0x40});
  const Address target = insn.next() + 0x40;
  const Code data(8, 0);
  EXPECT_EQ(judged(insn, joined({{0xff, 0x35, 10, 0, 0, 0}, jump(6, target), padding(5), data}),
                   {{0, Progress::NotStarted, site}, {6, Progress::Done, target}}),
            "slot+0: pushes what the instruction does not");
}

/// With alignment checks on they would fault.
TEST(Slot, DataThatAreNotAligned) {
  const auto insn = insn_of({0xeb, 0x40});
  const auto quad = [&](Address to) {
    Code data;
    for (int i = 0; i < 8; ++i) data.push_back(static_cast<std::uint8_t>(to.value >> (8 * i)));
    return data;
  };
  const Address target = insn.next() + 0x40;
  const std::vector<PcPoint> points{{0, Progress::Done, target}};
  EXPECT_EQ(judged(insn, joined({{0xff, 0x25, 2, 0, 0, 0}, padding(2), quad(target)}), points), "");
  EXPECT_EQ(judged(insn, joined({{0xff, 0x25, 0, 0, 0, 0}, quad(target)}), points),
            "slot+0: its data are not aligned");
}

TEST(Slot, BytesThatNothingNeeds) {
  const auto insn = insn_of({0xeb, 0x40});
  const Address target = insn.next() + 0x40;
  const std::vector<PcPoint> points{{0, Progress::Done, target}};
  EXPECT_EQ(judged(insn, joined({jump(0, target), padding(3)}), points), "");
  EXPECT_EQ(judged(insn, joined({jump(0, target), {0xcc, 0x90}}), points),
            "slot+6: a byte that nothing needs");
}

TEST(Slot, AnEndlessOne) {
  const auto insn = insn_of({0xeb, 0x40});
  EXPECT_EQ(judged(insn, {0xeb, 0xfe}, {{0, Progress::NotStarted, site}}), "slot+0: no end");
}

TEST(Slot, APlaceWhereNobodyComes) {
  const auto insn = insn_of({0xeb, 0x40});
  const Address target = insn.next() + 0x40;
  EXPECT_EQ(
      judged(insn, jump(0, target), {{0, Progress::NotStarted, site}, {3, Progress::Done, target}}),
      "the PC map knows slot+3, where nobody comes");
}

}  // namespace
}  // namespace sidestep::oracle::test
