// Branches: their slot goes where the original goes, from anywhere.
#include "disassembly.hpp"

namespace sidestep::test {
namespace {

TEST(Jump, GoesToTheRealTarget) {
  for (const Bytes& code : {Bytes{0xeb, 0x7f},                       // jmp short
                            Bytes{0xe9, 0x00, 0x10, 0x00, 0x00},     // jmp rel32
                            Bytes{0xeb, 0xfe},                       // jmp to itself
                            Bytes{0xf2, 0xe9, 0x00, 0x10, 0, 0}}) {  // bnd jmp
    const auto insn = accepted(code);
    const auto target = disassemble(code, site).branch;
    for (const Address slot : {near_slot, far_slot}) {
      const auto image = amd64().relocate(insn, slot);
      EXPECT_EQ(destination(image, 0, slot), target);
      EXPECT_EQ(image.points.size(), 1u);
      EXPECT_EQ(points(image, insn), "0 not-started site\n");
    }
  }
}

TEST(Conditional, EveryConditionShortAndNear) {
  for (std::uint8_t condition = 0; condition < 16; ++condition) {
    const Bytes short_form = {static_cast<std::uint8_t>(0x70 | condition), 0x40};
    const Bytes near_form = {0x0f, static_cast<std::uint8_t>(0x80 | condition), 0, 0x10, 0, 0};
    for (const Bytes& code : {short_form, near_form}) {
      const auto insn = accepted(code);
      const Line original = disassemble(code, site);
      SCOPED_TRACE(original.text);
      const auto image = amd64().relocate(insn, near_slot);
      EXPECT_EQ(line_at(image, 0, near_slot).mnemonic, original.mnemonic);
      EXPECT_EQ(line_at(image, 0, near_slot).branch, original.branch);
      EXPECT_EQ(destination(image, 6, near_slot), insn.next());
      EXPECT_EQ(points(image, insn), "0 not-started site\n6 done next\n");
    }
  }
}

TEST(Conditional, FarSlotBranchesWithinItself) {
  const Bytes code = {0x75, 0x40};  // jnz +40h
  const auto insn = accepted(code);
  const auto image = amd64().relocate(insn, far_slot);
  const Line branch = line_at(image, 0, far_slot);
  EXPECT_EQ(branch.mnemonic, ZYDIS_MNEMONIC_JNZ);
  ASSERT_EQ(branch.branch, far_slot + 16);
  EXPECT_EQ(destination(image, 2, far_slot), insn.next());
  EXPECT_EQ(destination(image, 16, far_slot), site + 2 + 0x40);
  EXPECT_EQ(points(image, insn), "0 not-started site\n2 done next\n16 done target\n");
}

TEST(Conditional, HintsAndBndAreDropped) {
  for (const Bytes& prefix : {Bytes{0x2e}, Bytes{0x3e}, Bytes{0xf2}}) {
    const auto insn = accepted({prefix[0], 0x74, 0x40});
    const auto image = amd64().relocate(insn, near_slot);
    EXPECT_EQ(line_at(image, 0, near_slot).branch, site + 3 + 0x40);
    EXPECT_EQ(destination(image, 6, near_slot), insn.next());
  }
}

TEST(ShortBranch, TakenGoesThroughAJumpInTheSlot) {
  const struct {
    Bytes code;
    ZydisMnemonic mnemonic;
  } cases[] = {
      {{0xe2, 0x80}, ZYDIS_MNEMONIC_LOOP},        {{0xe1, 0x7f}, ZYDIS_MNEMONIC_LOOPE},
      {{0xe0, 0x10}, ZYDIS_MNEMONIC_LOOPNE},      {{0xe3, 0x10}, ZYDIS_MNEMONIC_JRCXZ},
      {{0x67, 0xe3, 0x10}, ZYDIS_MNEMONIC_JECXZ}, {{0x67, 0xe2, 0x10}, ZYDIS_MNEMONIC_LOOP},
      {{0x2e, 0xe2, 0x10}, ZYDIS_MNEMONIC_LOOP},
  };
  for (const auto& test : cases) {
    const auto insn = accepted(test.code);
    const Line original = disassemble(test.code, site);
    SCOPED_TRACE(original.text);
    for (const Address slot : {near_slot, far_slot}) {
      const auto image = amd64().relocate(insn, slot);
      const Line copy = line_at(image, 0, slot);
      EXPECT_EQ(copy.mnemonic, test.mnemonic);
      EXPECT_EQ(copy.insn.address_width, original.insn.address_width);
      EXPECT_EQ(destination(image, copy.length, slot), insn.next());
      const auto taken = static_cast<std::size_t>(*copy.branch - slot);
      EXPECT_EQ(destination(image, taken, slot), original.branch);
      EXPECT_EQ(points(image, insn), "0 not-started site\n" + std::to_string(copy.length) +
                                         " done next\n" + std::to_string(taken) + " done target\n");
    }
  }
}

TEST(Transaction, AbortsToTheOriginalFallback) {
  const Bytes code = {0xc7, 0xf8, 0x00, 0x01, 0x00, 0x00};  // xbegin +100h
  const auto insn = accepted(code);
  const Address fallback = site + 6 + 0x100;
  EXPECT_EQ(insn.form, core::Form::Boosted);
  EXPECT_EQ(insn.finish, core::Finish::Twin);
  const auto near_image = amd64().relocate(insn, near_slot);
  EXPECT_EQ(line_at(near_image, 0, near_slot).branch, fallback);
  EXPECT_EQ(destination(near_image, 6, near_slot), insn.next());
  EXPECT_EQ(points(near_image, insn),
            "0 not-started site\n6 done next\n"
            "11 not-started site\n17 done target\n18 done target\n");
  const auto far_image = amd64().relocate(insn, far_slot);
  EXPECT_EQ(line_at(far_image, 0, far_slot).branch, far_slot + 24);
  EXPECT_EQ(destination(far_image, 6, far_slot), insn.next());
  EXPECT_EQ(destination(far_image, 24, far_slot), fallback);
  // The twin's transaction aborts to the twin's own int3.
  for (const auto& [image, slot] : {std::pair{near_image, near_slot}, {far_image, far_slot}}) {
    EXPECT_EQ(line_at(image, image.twin_offset, slot).branch, slot + image.twin_end - 1);
    EXPECT_EQ(image.bytes[image.twin_end - 1u], 0xcc);
  }
}

TEST(Return, IsCopied) {
  for (const Bytes& code : {Bytes{0xc3}, Bytes{0xf3, 0xc3}, Bytes{0xc2, 0x10, 0x00}, Bytes{0xcb},
                            Bytes{0x48, 0xcf}, Bytes{0xff, 0xe0}, Bytes{0x41, 0xff, 0x24, 0xc7}}) {
    const auto insn = accepted(code);
    const auto image = amd64().relocate(insn, far_slot);
    EXPECT_EQ(Bytes(image.bytes.begin(), image.bytes.end()), code);
    EXPECT_EQ(points(image, insn), "0 not-started site\n");
  }
}

}  // namespace
}  // namespace sidestep::test
