// Straight-line code: the copy in the slot and the copy in the twin.
#include <algorithm>

#include "disassembly.hpp"

namespace sidestep::test {
namespace {

TEST(Straight, CopyThenJumpBackThenTwin) {
  const auto insn = accepted({0x48, 0x89, 0xd8});  // mov rax, rbx
  const auto image = amd64().relocate(insn, near_slot);
  EXPECT_EQ(line_at(image, 0, near_slot).text, "mov rax, rbx");
  EXPECT_EQ(destination(image, 3, near_slot), insn.next());
  ASSERT_EQ(image.twin_offset, 8);
  EXPECT_EQ(line_at(image, 8, near_slot).text, "mov rax, rbx");
  EXPECT_EQ(image.bytes[11], 0xcc);
  EXPECT_EQ(image.twin_end, 12);
  EXPECT_EQ(image.bytes.size(), 12u);
  EXPECT_EQ(points(image, insn),
            "0 not-started site\n3 done next\n8 not-started site\n11 done next\n12 done next\n");
}

TEST(Straight, FarSlotJumpsBackAbsolutely) {
  const auto insn = accepted({0x48, 0x89, 0xd8});
  const auto image = amd64().relocate(insn, far_slot);
  EXPECT_EQ(line_at(image, 3, far_slot).length, 6);  // jmp [rip+7], and its quad, aligned
  EXPECT_EQ(destination(image, 3, far_slot), insn.next());
  EXPECT_EQ(image.twin_offset, 24);
  EXPECT_EQ(points(image, insn),
            "0 not-started site\n3 done next\n24 not-started site\n27 done next\n28 done next\n");
}

TEST(Straight, LongestInstructionFits) {
  // cs x3, add qword [rax+11223344h], 55667788h: 15 bytes
  const auto insn = accepted(
      {0x2e, 0x2e, 0x2e, 0x2e, 0x48, 0x81, 0x80, 0x44, 0x33, 0x22, 0x11, 0x88, 0x77, 0x66, 0x55});
  const auto image = amd64().relocate(insn, far_slot);
  EXPECT_EQ(destination(image, 15, far_slot), insn.next());
  EXPECT_LE(image.bytes.size(), core::SlotImage::max_bytes);
}

/// The copies in slot and twin differ from the original in the displacement only, and address
/// what the original addresses.
void expect_same_operand(const Bytes& code, const std::string& text) {
  SCOPED_TRACE(text);
  const auto insn = accepted(code);
  const Line original = disassemble(code, site);
  EXPECT_NE(original.text.find(text), std::string::npos) << original.text;
  ASSERT_TRUE(original.memory);
  const bool near = amd64().reaches(insn, near_slot);
  ASSERT_TRUE(near);
  const auto image = amd64().relocate(insn, near_slot);
  for (const std::size_t start : {std::size_t{0}, std::size_t{image.twin_offset}}) {
    const Line copy = line_at(image, start, near_slot);
    EXPECT_EQ(copy.text, original.text);
    EXPECT_EQ(copy.memory, original.memory);
    const auto& disp = original.insn.raw.disp;
    for (std::size_t i = 0; i < code.size(); ++i) {
      const bool in_disp = i >= disp.offset && i < disp.offset + 4u;
      if (in_disp) continue;
      EXPECT_EQ(image.bytes[start + i], code[i]) << "byte " << i;
    }
  }
}

TEST(RipRelative, EveryEncoding) {
  expect_same_operand({0x48, 0x8b, 0x05, 0, 1, 0, 0}, "mov rax");
  expect_same_operand({0x0f, 0x10, 0x05, 0, 1, 0, 0}, "movups");
  expect_same_operand({0x0f, 0x38, 0xf0, 0x05, 0, 1, 0, 0}, "movbe");
  expect_same_operand({0x66, 0x0f, 0x3a, 0x63, 0x05, 0, 1, 0, 0, 0x0c}, "pcmpistri");
  expect_same_operand({0x0f, 0x0f, 0x05, 0, 1, 0, 0, 0x9e}, "pfadd");               // 3DNow! suffix
  expect_same_operand({0xc5, 0xfe, 0x6f, 0x05, 0, 1, 0, 0}, "vmovdqu");             // VEX2
  expect_same_operand({0xc4, 0xe2, 0x7d, 0x58, 0x05, 0, 1, 0, 0}, "vpbroadcastd");  // VEX3
  expect_same_operand({0xc4, 0xe3, 0x71, 0x4c, 0x05, 0, 1, 0, 0, 0x20}, "vpblendvb");  // is4
  expect_same_operand({0x62, 0xf1, 0x7e, 0x48, 0x6f, 0x05, 0, 1, 0, 0}, "vmovdqu32");  // EVEX
  expect_same_operand({0x62, 0xf1, 0x75, 0x58, 0xfe, 0x05, 0, 1, 0, 0}, "vpaddd");     // broadcast
  expect_same_operand({0x8f, 0xe8, 0x78, 0xc0, 0x05, 0, 1, 0, 0, 0x03}, "vprotb");     // XOP
}

TEST(RipRelative, ImmediateBehindTheDisplacement) {
  expect_same_operand({0xc6, 0x05, 0, 1, 0, 0, 0x7f}, "mov byte");
  expect_same_operand({0x66, 0xc7, 0x05, 0, 1, 0, 0, 0x34, 0x12}, "mov word");
  expect_same_operand({0x48, 0xc7, 0x05, 0, 1, 0, 0, 4, 3, 2, 1}, "mov qword");
  expect_same_operand({0x69, 0x05, 0, 1, 0, 0, 4, 3, 2, 1}, "imul eax");
  expect_same_operand({0x0f, 0xba, 0x2d, 0, 1, 0, 0, 5}, "bts");
  expect_same_operand({0xc5, 0xf9, 0x70, 0x05, 0, 1, 0, 0, 0x1b}, "vpshufd");
}

TEST(RipRelative, PrefixesAreKept) {
  expect_same_operand({0xf0, 0x48, 0xff, 0x05, 0, 1, 0, 0}, "lock inc");
  expect_same_operand({0x64, 0x8b, 0x05, 0, 1, 0, 0}, "fs:");
  expect_same_operand({0xf2, 0xf0, 0x83, 0x05, 0, 1, 0, 0, 1}, "xacquire lock add");
}

TEST(RipRelative, LeaGivesTheOriginalsAddress) {
  expect_same_operand({0x48, 0x8d, 0x05, 0, 1, 0, 0}, "lea rax");
}

TEST(RipRelative, JmpAndFarForms) {
  for (const Bytes& code : {Bytes{0xff, 0x25, 0, 1, 0, 0},        // jmp [rip+100h]
                            Bytes{0x3e, 0xff, 0x25, 0, 1, 0, 0},  // notrack
                            Bytes{0xf2, 0xff, 0x25, 0, 1, 0, 0},  // bnd, as in old PLTs
                            Bytes{0xff, 0x2d, 0, 1, 0, 0},        // jmp far [rip+100h]
                            Bytes{0xff, 0x1d, 0, 1, 0, 0}}) {     // call far [rip+100h]
    const auto insn = accepted(code);
    const auto image = amd64().relocate(insn, near_slot);
    EXPECT_EQ(line_at(image, 0, near_slot).text, disassemble(code, site).text);
    EXPECT_EQ(image.bytes.size(), code.size());
    EXPECT_EQ(points(image, insn), "0 not-started site\n");
  }
}

TEST(RipRelative, ReachCoversSlotAndTwin) {
  const auto insn = accepted({0x48, 0x8b, 0x05, 0, 0, 0, 0});  // mov rax, [rip]
  const Address operand = *insn.operand;
  constexpr std::uint64_t reach = 1ull << 31;
  const Address high{operand.value + reach};  // the operand lies 2 GiB below
  EXPECT_FALSE(amd64().reaches(insn, high));
  EXPECT_TRUE(amd64().reaches(insn, high - core::SlotImage::max_bytes));
  EXPECT_FALSE(amd64().reaches(insn, far_slot));
  const auto distant = accepted({0x48, 0x8b, 0x05, 0, 0, 0, 0}, far_slot);
  const Address low{distant.operand->value - (reach - 1)};
  EXPECT_TRUE(amd64().reaches(distant, low));
  EXPECT_FALSE(amd64().reaches(distant, low - 1));
  for (const Address slot : {high - core::SlotImage::max_bytes, Address{operand.value - 64}}) {
    const auto image = amd64().relocate(insn, slot);
    EXPECT_EQ(line_at(image, 0, slot).memory, operand);
    EXPECT_EQ(line_at(image, image.twin_offset, slot).memory, operand);
  }
  EXPECT_EQ(line_at(amd64().relocate(distant, low), 0, low).memory, *distant.operand);
}

TEST(EipRelative, WrapsAtFourGiBAndReachesEverywhere) {
  const Bytes loads[] = {
      {0x67, 0x8b, 0x05, 0, 1, 0, 0},        // mov eax, [eip+100h]
      {0x67, 0x48, 0x8d, 0x05, 0, 1, 0, 0},  // lea rax, [eip+100h]
      {0x67, 0x83, 0x3d, 0, 1, 0, 0, 5},     // cmp dword [eip+100h], 5
  };
  for (const Bytes& code : loads) {
    const auto insn = accepted(code);
    EXPECT_FALSE(insn.operand);
    for (const Address slot : {near_slot, far_slot, Address{0xffff'ffc0}}) {
      ASSERT_TRUE(amd64().reaches(insn, slot));
      const auto image = amd64().relocate(insn, slot);
      for (const std::size_t start : {std::size_t{0}, std::size_t{image.twin_offset}}) {
        const Line copy = line_at(image, start, slot);
        const auto end = slot.value + start + copy.length;
        const auto displacement = static_cast<std::uint64_t>(copy.insn.raw.disp.value);
        EXPECT_EQ((end + displacement) & 0xffff'ffff, site.value + code.size() + 0x100);
      }
    }
  }
}

TEST(SystemCall, CopyAndJumpBack) {
  for (const Bytes& code : {Bytes{0x0f, 0x05}, Bytes{0xcd, 0x80}}) {
    const auto insn = accepted(code);
    const auto image = amd64().relocate(insn, near_slot);
    EXPECT_TRUE(std::equal(code.begin(), code.end(), image.bytes.begin()));
    EXPECT_EQ(destination(image, 2, near_slot), insn.next());
    EXPECT_EQ(image.twin_offset, 0);
    EXPECT_EQ(points(image, insn), "0 not-started site\n2 done next\n");
  }
}

}  // namespace
}  // namespace sidestep::test
