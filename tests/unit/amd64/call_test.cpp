// Calls: the original return address is pushed, the operand read as it was before the push.
#include "disassembly.hpp"

namespace sidestep::test {
namespace {

/// The slot starts with a push of `value` from its own data.
void expect_push(const core::SlotImage& image, Address slot, Address value) {
  const Line push = line_at(image, 0, slot);
  EXPECT_EQ(push.mnemonic, ZYDIS_MNEMONIC_PUSH);
  ASSERT_TRUE(push.memory);
  EXPECT_EQ(push.operands[0].size, 64);
  EXPECT_EQ(push.length, 6);
  EXPECT_EQ(quad_at(image, static_cast<std::size_t>(*push.memory - slot)), value.value);
}

TEST(DirectCall, PushesTheOriginalReturnAddress) {
  for (const Address slot : {near_slot, far_slot}) {
    const auto insn = accepted({0xe8, 0x00, 0x10, 0x00, 0x00});  // call +1000h
    const auto image = amd64().relocate(insn, slot);
    expect_push(image, slot, insn.next());
    EXPECT_EQ(destination(image, 6, slot), insn.next() + 0x1000);
    EXPECT_EQ(points(image, insn), "0 not-started site\n6 done target\n");
    EXPECT_EQ(insn.finish, core::Finish::Step);
    EXPECT_EQ(insn.form, core::Form::Boosted);
  }
}

TEST(DirectCall, OfWhatFollows) {  // call $+5: how old code learns its address
  const auto insn = accepted({0xe8, 0, 0, 0, 0});
  const auto image = amd64().relocate(insn, near_slot);
  expect_push(image, near_slot, site + 5);
  EXPECT_EQ(destination(image, 6, near_slot), site + 5);
}

/// `code`, a call, becomes a push and `jump` (in Intel syntax).
void expect_indirect(const Bytes& code, const std::string& jump) {
  SCOPED_TRACE(jump);
  const auto insn = accepted(code);
  EXPECT_EQ(insn.form, core::Form::Boosted);
  EXPECT_EQ(insn.finish, core::Finish::Step);
  const auto image = amd64().relocate(insn, near_slot);
  expect_push(image, near_slot, insn.next());
  EXPECT_EQ(line_at(image, 6, near_slot).text, jump);
  EXPECT_EQ(points(image, insn), "0 not-started site\n6 pushed site\n");
}

TEST(IndirectCall, Registers) {
  expect_indirect({0xff, 0xd0}, "jmp rax");
  expect_indirect({0x41, 0xff, 0xd4}, "jmp r12");
  expect_indirect({0xff, 0xd5}, "jmp rbp");
  expect_indirect({0x3e, 0xff, 0xd2}, "notrack jmp rdx");
}

TEST(IndirectCall, Memory) {
  expect_indirect({0xff, 0x10}, "jmp [rax]");
  expect_indirect({0x41, 0xff, 0x14, 0x24}, "jmp [r12]");  // rm=4 as rsp's, not rsp
  expect_indirect({0xff, 0x54, 0xc3, 0xf8}, "jmp [rbx+rax*8-0x08]");
  expect_indirect({0xff, 0x14, 0xc5, 0, 1, 0, 0}, "jmp [rax*8+0x100]");
  expect_indirect({0x64, 0xff, 0x14, 0x25, 0x10, 0, 0, 0}, "jmp fs:[0x0000000000000010]");
}

TEST(IndirectCall, RipRelative) {
  const auto insn = accepted({0xff, 0x15, 0x00, 0x01, 0x00, 0x00});  // call [rip+100h]
  EXPECT_EQ(insn.operand, insn.next() + 0x100);
  const auto image = amd64().relocate(insn, near_slot);
  expect_push(image, near_slot, insn.next());
  const Line jump = line_at(image, 6, near_slot);
  EXPECT_EQ(jump.mnemonic, ZYDIS_MNEMONIC_JMP);
  EXPECT_EQ(jump.memory, insn.next() + 0x100);
  EXPECT_EQ(points(image, insn), "0 not-started site\n6 pushed site\n");
}

TEST(IndirectCall, EipRelative) {
  const auto insn = accepted({0x67, 0xff, 0x15, 0x00, 0x01, 0x00, 0x00});
  const auto image = amd64().relocate(insn, near_slot);
  EXPECT_EQ(line_at(image, 6, near_slot).memory, insn.next() + 0x100);
}

TEST(IndirectCall, StackOperandIsReadAsBeforeThePush) {
  expect_indirect({0xff, 0x14, 0x24}, "jmp [rsp+0x08]");               // no disp → disp8
  expect_indirect({0xff, 0x54, 0x24, 0x10}, "jmp [rsp+0x18]");         // disp8
  expect_indirect({0xff, 0x54, 0x24, 0x77}, "jmp [rsp+0x7F]");         // the last one
  expect_indirect({0xff, 0x54, 0x24, 0x78}, "jmp [rsp+0x80]");         // → disp32
  expect_indirect({0xff, 0x54, 0x24, 0x7f}, "jmp [rsp+0x87]");         // → disp32
  expect_indirect({0xff, 0x94, 0x24, 0, 1, 0, 0}, "jmp [rsp+0x108]");  // disp32
  expect_indirect({0xff, 0x54, 0x24, 0xf0}, "jmp [rsp-0x08]");         // just below the push
  expect_indirect({0xff, 0x94, 0x24, 0, 0, 0, 0x80}, "jmp [rsp-0x7FFFFFF8]");
  expect_indirect({0x67, 0xff, 0x54, 0x24, 0x10}, "jmp [esp+0x18]");
  expect_indirect({0x64, 0xff, 0x54, 0x24, 0x10}, "jmp fs:[rsp+0x18]");
  expect_indirect({0x48, 0xff, 0x54, 0x24, 0x78}, "jmp [rsp+0x80]");  // REX.W
}

TEST(SteppedCall, IsCopiedAsItStands) {
  for (const Bytes& code : {Bytes{0xff, 0xd4},              // call rsp
                            Bytes{0xff, 0x54, 0x24, 0xf8},  // call [rsp-8]
                            Bytes{0xff, 0x14, 0xc4},        // call [rsp+rax*8]
                            Bytes{0xff, 0x18}}) {           // call far [rax]
    const auto insn = accepted(code);
    const auto image = amd64().relocate(insn, far_slot);
    EXPECT_EQ(Bytes(image.bytes.begin(), image.bytes.end()), code);
    EXPECT_EQ(points(image, insn), "0 not-started site\n");
  }
}

}  // namespace
}  // namespace sidestep::test
