// Mistakes that other tracers shipped, each by name, in as far as they are made in relocation.
// The forms are run as well, beside the original instruction, in the kernel tests.
#include "disassembly.hpp"

namespace sidestep::test {
namespace {

using core::Finish;
using core::Form;

core::SlotImage relocated(const Bytes& code) {
  return amd64().relocate(accepted(code), near_slot);
}

TEST(ShippedBug, DisplacementTakenForTheLastFourBytes) {
  const Bytes code = {0x83, 0x3d, 0x10, 0, 0, 0, 0x05};  // cmp dword [rip+10h], 5
  const Line copy = line_at(relocated(code), 0, near_slot);
  EXPECT_EQ(copy.memory, site + code.size() + 0x10);
  EXPECT_EQ(copy.operands[1].imm.value.u, 5u);
}

TEST(ShippedBug, VexRipRelativeRunUnmodified) {
  const Bytes loads[] = {
      {0xc5, 0xfb, 0x58, 0x05, 0x10, 0, 0, 0},              // vaddsd xmm0, xmm0, [rip+10h]
      {0xc5, 0xfe, 0x6f, 0x05, 0x10, 0, 0, 0},              // vmovdqu ymm0, [rip+10h]
      {0xc5, 0xf1, 0xef, 0x05, 0x10, 0, 0, 0},              // vpxor xmm0, xmm1, [rip+10h]
      {0xc4, 0xe2, 0xf9, 0xf7, 0x0d, 0x10, 0, 0, 0},        // shlx rcx, [rip+10h], rax
      {0xc4, 0xe2, 0xf8, 0xf7, 0x0d, 0x10, 0, 0, 0},        // bextr rcx, [rip+10h], rax
      {0x62, 0xf1, 0x7e, 0x48, 0x6f, 0x05, 0x10, 0, 0, 0},  // vmovdqu32 zmm0, [rip+10h]
  };
  for (const Bytes& code : loads) {
    const Line copy = line_at(relocated(code), 0, near_slot);
    EXPECT_EQ(copy.memory, site + code.size() + 0x10) << copy.text;
    EXPECT_EQ(copy.text, disassemble(code, site).text);
  }
}

TEST(ShippedBug, VexOpcodeMistakenForALegacyBranch) {
  const struct {
    Bytes code;
    const char* looks_like;
  } cases[] = {
      {{0xc5, 0xf4, 0xc2, 0xc2, 0x01}, "ret imm16"},  // vcmpltps ymm0, ymm1, ymm2
      {{0xc5, 0xf1, 0xe8, 0xc2}, "call"},             // vpsubsb xmm0, xmm1, xmm2
      {{0xc5, 0xf1, 0xeb, 0xc2}, "jmp short"},        // vpor xmm0, xmm1, xmm2
      {{0xc5, 0xf9, 0x70, 0xc1, 0x1b}, "jo"},         // vpshufd xmm0, xmm1, 1bh
      {{0xc5, 0xf1, 0x74, 0xc2}, "jz"},               // vpcmpeqb xmm0, xmm1, xmm2
      {{0xc5, 0xf9, 0x7e, 0xc0}, "jle"},              // vmovd eax, xmm0
      {{0xc5, 0xf1, 0xe2, 0xc2}, "loop"},             // vpsrad xmm0, xmm1, xmm2
      {{0xc4, 0xe2, 0x70, 0xf3, 0xc8}, "rep"},        // blsr ecx, eax
      {{0x0f, 0xc3, 0x00}, "ret"},                    // movnti [rax], eax: opcode C3 in map 0F
      {{0x0f, 0x05 + 0x50, 0xc0}, "push"},            // andnps xmm0, xmm0
  };
  for (const auto& test : cases) {
    SCOPED_TRACE(test.looks_like);
    const auto insn = accepted(test.code);
    EXPECT_EQ(insn.form, Form::Boosted);
    EXPECT_EQ(insn.finish, Finish::Twin);
    EXPECT_FALSE(insn.ends_block);
    const auto image = amd64().relocate(insn, near_slot);
    EXPECT_TRUE(std::equal(test.code.begin(), test.code.end(), image.bytes.begin()));
    EXPECT_EQ(destination(image, test.code.size(), near_slot), insn.next());
  }
}

TEST(ShippedBug, PushfStoresASteppingTrapFlag) {
  const auto insn = accepted({0x9c});
  EXPECT_TRUE(insn.pushes_flags);
  EXPECT_EQ(insn.finish, Finish::Twin);  // to be caught behind it, it needs no trap flag
}

TEST(ShippedBug, RepMovsReportedOncePerIteration) {
  const auto insn = accepted({0xf3, 0xa4});
  EXPECT_TRUE(insn.restartable_string);
  EXPECT_EQ(insn.finish, Finish::Twin);  // the twin ends when all iterations are done
}

TEST(ShippedBug, CallToItselfTakenForNotExecuted) {
  const auto insn = accepted({0xe8, 0xfb, 0xff, 0xff, 0xff});  // call $
  const auto image = amd64().relocate(insn, near_slot);
  EXPECT_EQ(destination(image, 6, near_slot), site);
  // The PC alone is the site's in both; what tells them apart is the progress.
  EXPECT_EQ(image.points[0].progress, core::PcPoint::Progress::NotStarted);
  EXPECT_EQ(image.points[1].progress, core::PcPoint::Progress::Done);
  EXPECT_EQ(image.points[0].resume, site);
  EXPECT_EQ(image.points[1].resume, site);
}

TEST(ShippedBug, WrongReturnAddressAfterCall) {
  for (const Bytes& code : {Bytes{0xe8, 0, 1, 0, 0}, Bytes{0xff, 0xd0}, Bytes{0xff, 0x10},
                            Bytes{0xff, 0x54, 0x24, 0x10}, Bytes{0xff, 0x15, 0, 1, 0, 0}}) {
    const auto image = relocated(code);
    const Line push = line_at(image, 0, near_slot);
    ASSERT_TRUE(push.memory);
    EXPECT_EQ(quad_at(image, static_cast<std::size_t>(*push.memory - near_slot)),
              site.value + code.size());
  }
}

TEST(ShippedBug, LoopWidenedLikeAJcc) {
  for (const std::uint8_t opcode : std::initializer_list<std::uint8_t>{0xe0, 0xe1, 0xe2, 0xe3}) {
    const auto image = relocated({opcode, 0x10});
    const Line copy = line_at(image, 0, near_slot);
    EXPECT_EQ(copy.insn.opcode, opcode);
    EXPECT_EQ(copy.length, 2);
    EXPECT_GT(*copy.branch, near_slot);
    EXPECT_LT(*copy.branch, near_slot + image.bytes.size());
  }
}

TEST(ShippedBug, BorrowedRegisterForAddToHighByte) {
  // add ch, [rip+10h]: a REX prefix or a borrowed RCX would change what CH means.
  const Bytes code = {0x02, 0x2d, 0x10, 0, 0, 0};
  const Line copy = line_at(relocated(code), 0, near_slot);
  EXPECT_EQ(copy.operands[0].reg.value, ZYDIS_REGISTER_CH);
  EXPECT_EQ(copy.memory, site + code.size() + 0x10);
  EXPECT_EQ(copy.length, code.size());
}

TEST(ShippedBug, BorrowedRegisterForImplicitOperands) {
  const Bytes implicit[] = {
      {0xd3, 0x25, 0x10, 0, 0, 0},                          // shl dword [rip+10h], cl
      {0x48, 0x0f, 0xc7, 0x0d, 0x10, 0, 0, 0},              // cmpxchg16b [rip+10h]
      {0x66, 0x0f, 0x3a, 0x61, 0x05, 0x10, 0, 0, 0, 0x0c},  // pcmpestri xmm0, [rip+10h], 0ch
      {0xc4, 0xe2, 0xfb, 0xf6, 0x05, 0x10, 0, 0, 0},        // mulx rax, rax, [rip+10h]
  };
  for (const Bytes& code : implicit) {
    const Line copy = line_at(relocated(code), 0, near_slot);
    EXPECT_EQ(copy.memory, site + code.size() + 0x10);
    EXPECT_EQ(copy.text, disassemble(code, site).text);
  }
}

}  // namespace
}  // namespace sidestep::test
