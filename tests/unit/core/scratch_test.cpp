// Where scratch areas go, and that a slot is given out once.
#include "displaced/scratch.hpp"

#include <gtest/gtest.h>

#include "sim_architecture.hpp"

namespace sidestep::displaced {
namespace {

using core::Instruction;
using core::Mapping;

constexpr std::uint64_t kib = 1 << 10, mib = 1 << 20, gib = 1 << 30;

/// Reaches 2 GiB from the instruction, as a RIP-relative operand does.
class Near final : public core::test::SimArchitecture {
 public:
  bool reaches(const Instruction& insn, Address slot) const override {
    return std::abs(slot - insn.site) < static_cast<std::int64_t>(2 * gib);
  }
};
const Near near;

Instruction at(std::uint64_t site) {
  Instruction insn;
  insn.site = {site};
  insn.bytes.push_back(0x90);
  return insn;
}

Mapping mapping(std::uint64_t from, std::uint64_t to, const std::string& path = "/bin/prog") {
  return {{{from}, {to}}, 0, true, false, true, false, 0, 0, path};
}

bool overlaps(AddressRange area, std::uint64_t from, std::uint64_t to) {
  return area.begin.value < to && from < area.end.value;
}

constexpr std::uint64_t text = 0x5555'5555'4000, heap = text + 64 * kib;
const std::vector<Mapping> usual = {mapping(text, text + 64 * kib),
                                    mapping(heap, heap + mib, "[heap]"),
                                    mapping(0x7fff'0000'0000, 0x7fff'0010'0000, "[stack]")};

TEST(Scratch, AnAreaIsFreePageAlignedAndBigEnough) {
  Scratch scratch(near);
  const auto area = scratch.choose_area(at(text), 200 * kib, usual);
  ASSERT_TRUE(area);
  EXPECT_GE(area->size(), 200 * kib);
  EXPECT_EQ(area->begin.value % 4096, 0u);
  EXPECT_EQ(area->end.value % 4096, 0u);
  EXPECT_LT(area->end.value, text);  // below the code, with a page left free
  EXPECT_GE(area->begin.value, text - mib);
}

TEST(Scratch, NeverInTheHeapsRoom) {
  // Below the code everything is taken, so that above is the only way.
  const std::vector<Mapping> full = {mapping(0x10000, text + 64 * kib),
                                     mapping(heap, heap + mib, "[heap]"),
                                     mapping(0x7fff'0000'0000, 0x7fff'0010'0000, "[stack]")};
  Scratch scratch(near);
  const auto area = scratch.choose_area(at(text), 1, full);
  ASSERT_TRUE(area);
  EXPECT_GE(area->begin.value, heap + mib + gib);
}

TEST(Scratch, NeverInTheStacksRoom) {
  const std::uint64_t stack = 0x7fff'0000'0000, code = stack - 64 * mib;
  const std::vector<Mapping> maps = {mapping(code, code + 64 * kib),
                                     mapping(stack, stack + mib, "[stack]")};
  Scratch scratch(near);
  for (int i = 0; i < 20; ++i) {
    const auto area = scratch.choose_area(at(code), 1, maps);
    if (!area) break;
    EXPECT_FALSE(overlaps(*area, stack - 256 * mib, stack) && area->begin.value > code);
    scratch.avoid(*area);
  }
}

TEST(Scratch, NeverWhatTheKernelRefused) {
  Scratch scratch(near);
  std::vector<AddressRange> refused;
  for (int i = 0; i < 6; ++i) {
    const auto area = scratch.choose_area(at(text), 1, usual);
    ASSERT_TRUE(area) << i;
    for (const AddressRange& r : refused)
      EXPECT_FALSE(overlaps(*area, r.begin.value, r.end.value)) << i;
    scratch.avoid(*area);
    refused.push_back(*area);
  }
}

TEST(Scratch, APageStaysFreeOnEitherSide) {
  const std::vector<Mapping> tight = {mapping(0x10000, 0x400000), mapping(0x412000, 0x500000),
                                      mapping(0x512000, 0x8000'0000'0000)};
  Scratch scratch(near);  // both gaps hold the least area of 16 pages and one page on either side
  for (int i = 0; i < 2; ++i) {
    const auto area = scratch.choose_area(at(0x450000), 1, tight);
    ASSERT_TRUE(area);
    EXPECT_EQ(area->begin.value, i ? 0x501000u : 0x401000u);
    scratch.avoid(*area);
  }
  EXPECT_FALSE(scratch.choose_area(at(0x450000), 1, tight));
}

TEST(Scratch, NothingWithinReach) {
  const std::vector<Mapping> full = {mapping(0x10000, 0x2'0000'0000)};
  Scratch scratch(near);
  EXPECT_FALSE(scratch.choose_area(at(0x1000000), 1, full));
  EXPECT_TRUE(scratch.choose_area(at(0x1'f000'0000), 1, full));
}

TEST(Scratch, SlotsAreAlignedApartAndInside) {
  Scratch scratch(near);
  const AddressRange area{{text - 64 * kib}, {text - 60 * kib}};
  EXPECT_FALSE(scratch.allocate(at(text), 1));
  scratch.add_area(area);
  std::uint64_t end = area.begin.value;
  std::size_t given = 0;
  for (std::size_t bytes = 1;; bytes = bytes % 80 + 7, ++given) {
    const auto slot = scratch.allocate(at(text), bytes);
    if (!slot) break;
    EXPECT_EQ(slot->value % 16, 0u);
    EXPECT_GE(slot->value, end);
    end = slot->value + bytes;
    EXPECT_LE(end, area.end.value);
  }
  EXPECT_GT(given, 4096u / 96);
  EXPECT_FALSE(scratch.allocate(at(text), 80));
}

TEST(Scratch, AnAreaOutOfReachIsNotUsed) {
  Scratch scratch(near);
  scratch.add_area({{text + 3 * gib}, {text + 3 * gib + mib}});
  EXPECT_FALSE(scratch.allocate(at(text), 16));
  scratch.add_area({{text + gib}, {text + gib + mib}});
  EXPECT_EQ(scratch.allocate(at(text), 16), Address{text + gib + 64});  // behind the header
}

// --- what one session leaves for the next ---

/// The tracee's side of an area.
class LeftBehind : public testing::Test {
 protected:
  static constexpr std::uint64_t base = text - mib;
  const AddressRange area_{{base}, {base + 4 * kib}};
  std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>(4 * kib);

  static core::SlotEntry entry(std::uint64_t site, std::size_t length) {
    core::SlotEntry made;
    made.site = site;
    made.length = static_cast<std::uint16_t>(length);
    made.original = 0x55;
    return made;
  }

  Address put(Scratch& scratch, std::uint64_t site, std::vector<std::uint8_t> code) {
    const auto slot = scratch.allocate(at(site), code.size());
    std::copy(code.begin(), code.end(), &memory_[slot->value - base]);
    for (const auto& patch : scratch.enter(entry(site, code.size()), *slot))
      std::copy(patch.bytes.begin(), patch.bytes.end(), &memory_[patch.at.value - base]);
    return *slot;
  }
};

TEST_F(LeftBehind, SlotsAreFoundAgainAndNewOnesGoBehindThem) {
  Scratch first(near);
  first.add_area(area_);
  const Address a = put(first, text, {1, 2, 3}), b = put(first, text + 8, {4, 5});
  Scratch second(near);
  ASSERT_TRUE(second.adopt(area_, memory_));
  ASSERT_TRUE(second.left_for({text}) && second.left_for({text + 8}));
  EXPECT_EQ(second.left_for({text})->at, a);
  EXPECT_EQ(second.left_for({text + 8})->bytes.size(), 2u);
  EXPECT_FALSE(second.left_for({text + 1}));
  ASSERT_EQ(second.left().size(), 2u);
  EXPECT_EQ(second.left()[0].original, 0x55);
  EXPECT_GT(put(second, text + 16, {6}).value, b.value);
  Scratch third(near);
  ASSERT_TRUE(third.adopt(area_, memory_));
  EXPECT_TRUE(third.left_for({text}) && third.left_for({text + 16}));
}

/// A session may end between the mapping and the first slot.
TEST_F(LeftBehind, AnAreaWithoutSlotsIsFoundAgain) {
  for (const auto& patch : Scratch(near).add_area(area_))
    std::copy(patch.bytes.begin(), patch.bytes.end(), &memory_[patch.at.value - base]);
  Scratch second(near);
  ASSERT_TRUE(second.adopt(area_, memory_));
  EXPECT_TRUE(second.left().empty());
  EXPECT_EQ(put(second, text, {1}).value, base + 64);
}

TEST_F(LeftBehind, TheDirectoryNeverMeetsTheSlots) {
  Scratch scratch(near);
  scratch.add_area(area_);
  std::uint64_t site = text, entries = 0;
  for (; scratch.allocate(at(site), 40); ++site, ++entries) {
    const auto end = scratch.enter(entry(site, 40), {base + 64 + entries * 48}).front().at;
    EXPECT_GE(end.value, base + 64 + (entries + 1) * 48) << entries;
  }
  EXPECT_GE(entries, 50u);
}

TEST_F(LeftBehind, WhatIsNotOursOrDamagedIsLeftAlone) {
  Scratch first(near);
  EXPECT_FALSE(first.adopt(area_, memory_));  // zeros
  first.add_area(area_);
  put(first, text, {1, 2, 3});
  // magic, version, number, size, an entry's length
  for (const std::size_t at : {0u, 16u, 21u, 25u, 4089u}) {
    auto damaged = memory_;
    damaged[at] ^= 0x40;
    EXPECT_FALSE(Scratch(near).adopt(area_, damaged)) << at;
  }
}

}  // namespace
}  // namespace sidestep::displaced
