// Which form each class of instruction gets, and what is refused with which reason.
#include "disassembly.hpp"

namespace sidestep::test {
namespace {

using core::Finish;
using core::Fixup;
using core::Form;

TEST(Analyze, StraightLineCodeIsBoosted) {
  const auto insn = accepted({0x48, 0x89, 0xd8});  // mov rax, rbx
  EXPECT_EQ(insn.form, Form::Boosted);
  EXPECT_EQ(insn.finish, Finish::Twin);
  EXPECT_EQ(insn.fixup, Fixup::None);
  EXPECT_EQ(insn.mnemonic, "mov");
  EXPECT_EQ(insn.next(), site + 3);
  EXPECT_FALSE(insn.operand || insn.ends_block || insn.restartable_string || insn.pushes_flags ||
               insn.may_set_trap_flag);
}

TEST(Analyze, CodeMayBeLongerThanTheInstruction) {
  const Bytes code = {0x90, 0xcc, 0xcc, 0xcc};
  const auto result = amd64().analyze(code, site);
  EXPECT_EQ(std::get<core::Instruction>(result).bytes.size(), 1u);
}

TEST(Analyze, PlainClassesStayBoosted) {
  const Bytes plain[] = {
      {0xf0, 0xff, 0x00},              // lock inc dword [rax]
      {0x0f, 0xae, 0xf0},              // mfence
      {0x0f, 0xae, 0x20},              // xsave [rax]
      {0x0f, 0xae, 0x00},              // fxsave [rax]
      {0x0f, 0xae, 0x08},              // fxrstor [rax]
      {0x8e, 0xd0},                    // mov ss, eax
      {0xf4},                          // hlt
      {0x0f, 0x0b},                    // ud2
      {0xcd, 0x03},                    // int 3, the two-byte form
      {0xcd, 0x21},                    // int 21h
      {0x48, 0x0f, 0x07},              // sysretq
      {0x0f, 0x30},                    // wrmsr
      {0xfa},                          // cli
      {0xf3, 0x0f, 0x1e, 0xfa},        // endbr64
      {0xf3, 0x48, 0x0f, 0x1e, 0xc8},  // rdsspq rax
      {0x0f, 0x01, 0xd5},              // xend
      {0xc6, 0xf8, 0x01},              // xabort 1
      {0x0f, 0x01, 0xc8},              // monitor
      {0x0f, 0x01, 0xc9},              // mwait
      {0xc9},                          // leave
      {0xc8, 0x10, 0x00, 0x00},        // enter 16, 0
      {0xa4},                          // movsb, not repeated
      {0x48, 0xcc},                    // int3 behind a prefix: not the one byte of a breakpoint
  };
  for (const Bytes& code : plain) {
    const auto insn = accepted(code);
    EXPECT_EQ(insn.form, Form::Boosted) << insn.mnemonic;
    EXPECT_EQ(insn.finish, Finish::Twin) << insn.mnemonic;
    EXPECT_EQ(insn.fixup, Fixup::None) << insn.mnemonic;
    EXPECT_FALSE(insn.restartable_string) << insn.mnemonic;
  }
}

TEST(Analyze, RepeatedStringsAreMarked) {
  const Bytes strings[] = {
      {0xf3, 0xa4},        // rep movsb
      {0xf3, 0x48, 0xab},  // rep stosq
      {0xf3, 0xa6},        // repe cmpsb
      {0xf2, 0xae},        // repne scasb
      {0xf3, 0x6c},        // rep insb
      {0xf3, 0x6e},        // rep outsb
  };
  for (const Bytes& code : strings) {
    const auto insn = accepted(code);
    EXPECT_TRUE(insn.restartable_string) << insn.mnemonic;
    EXPECT_EQ(insn.form, Form::Boosted) << insn.mnemonic;
  }
  EXPECT_FALSE(accepted({0xf3, 0x90}).restartable_string);  // pause
  EXPECT_FALSE(accepted({0xf3, 0xc3}).restartable_string);  // rep ret
}

TEST(Analyze, FlagsOnTheStack) {
  const Bytes pushes[] = {{0x9c}, {0x66, 0x9c}};  // pushfq, pushfw
  for (const Bytes& code : pushes) {
    const auto insn = accepted(code);
    EXPECT_TRUE(insn.pushes_flags);
    EXPECT_EQ(insn.form, Form::Boosted);
    EXPECT_EQ(insn.finish, Finish::Twin);
  }
  const Bytes pops[] = {{0x9d}, {0x66, 0x9d}};  // popfq, popfw
  for (const Bytes& code : pops) {
    const auto insn = accepted(code);
    EXPECT_TRUE(insn.may_set_trap_flag);
    EXPECT_EQ(insn.form, Form::Twin);
    EXPECT_EQ(insn.finish, Finish::Twin);
  }
}

TEST(Analyze, Int1IsNeverStepped) {
  EXPECT_EQ(accepted({0xf1}).form, Form::Twin);  // its SIGTRAP would pass for the step's
}

TEST(Analyze, X87ThatRecordsItsAddressRunsThroughTheTwin) {
  const Bytes recording[] = {
      {0xd9, 0xe8},  // fld1
      {0xde, 0xc1},  // faddp
      {0xdd, 0x00},  // fld qword [rax]
      {0xdb, 0x38},  // fstp tbyte [rax]
      {0xdf, 0x08},  // fisttp word [rax]: SSE3, and x87 all the same
      {0xda, 0xc1},  // fcmovb
      {0xd9, 0xd0},  // fnop
      {0xdf, 0xf1},  // fcomip
  };
  for (const Bytes& code : recording) {
    const auto insn = accepted(code);
    EXPECT_EQ(insn.form, Form::Twin) << insn.mnemonic;
    EXPECT_EQ(insn.finish, Finish::Twin) << insn.mnemonic;
    EXPECT_EQ(insn.fixup, Fixup::FpuIp) << insn.mnemonic;
  }
  const Bytes control[] = {
      {0xdb, 0xe3},        // fninit
      {0xdb, 0xe2},        // fnclex
      {0xd9, 0x28},        // fldcw [rax]
      {0xd9, 0x38},        // fnstcw [rax]
      {0xdf, 0xe0},        // fnstsw ax
      {0xdd, 0x38},        // fnstsw [rax]
      {0xd9, 0x30},        // fnstenv [rax]
      {0xd9, 0x20},        // fldenv [rax]
      {0xdd, 0x30},        // fnsave [rax]
      {0xdd, 0x20},        // frstor [rax]
      {0x9b},              // fwait
      {0x0f, 0x77},        // emms
      {0x0f, 0xfc, 0xc1},  // paddb mm0, mm1
  };
  for (const Bytes& code : control) {
    const auto insn = accepted(code);
    EXPECT_EQ(insn.form, Form::Boosted) << insn.mnemonic;
    EXPECT_EQ(insn.fixup, Fixup::None) << insn.mnemonic;
  }
}

TEST(Analyze, SystemCalls) {
  const Bytes calls[] = {{0x0f, 0x05}, {0xcd, 0x80}};  // syscall, int 80h
  for (const Bytes& code : calls) {
    const auto insn = accepted(code);
    EXPECT_EQ(insn.form, Form::SystemCall);
    EXPECT_EQ(insn.finish, Finish::None);
  }
}

TEST(Analyze, TheProgramsOwnInt3) {
  const auto insn = accepted({0xcc});
  EXPECT_EQ(insn.form, Form::OwnTrap);
  EXPECT_EQ(insn.finish, Finish::None);
  EXPECT_TRUE(amd64().relocate(insn, near_slot).bytes.empty());
}

TEST(Analyze, TransfersEndTheBlock) {
  const Bytes transfers[] = {
      {0xff, 0xe0},           // jmp rax
      {0xff, 0x20},           // jmp [rax]
      {0xff, 0xe4},           // jmp rsp
      {0x3e, 0xff, 0xe0},     // notrack jmp rax
      {0xf2, 0xff, 0xe0},     // bnd jmp rax
      {0xc3},                 // ret
      {0xf3, 0xc3},           // rep ret
      {0xc2, 0x10, 0x00},     // ret 16
      {0xff, 0x28},           // jmp far [rax]
      {0xcb},                 // retf
      {0x48, 0xcb},           // retfq
      {0x66, 0xcb},           // retfw: far, so both vendors agree
      {0xeb, 0x10},           // jmp +16
      {0xe9, 0x10, 0, 0, 0},  // jmp +16
  };
  for (const Bytes& code : transfers) {
    const auto insn = accepted(code);
    EXPECT_EQ(insn.form, Form::Boosted) << insn.mnemonic;
    EXPECT_EQ(insn.finish, Finish::Step) << insn.mnemonic;
    EXPECT_TRUE(insn.ends_block) << insn.mnemonic;
    EXPECT_FALSE(insn.may_set_trap_flag) << insn.mnemonic;
  }
  const Bytes returns[] = {{0xcf}, {0x48, 0xcf}, {0x66, 0xcf}};  // iretd, iretq, iret
  for (const Bytes& code : returns) {
    const auto insn = accepted(code);
    EXPECT_TRUE(insn.may_set_trap_flag && insn.ends_block);
    EXPECT_EQ(insn.finish, Finish::None);  // a step would leave its trap flag to the program
  }
}

TEST(Analyze, CallsThatMustBeStepped) {
  const Bytes near[] = {
      {0xff, 0xd4},                                // call rsp
      {0xff, 0x54, 0x24, 0xf8},                    // call [rsp-8]: the push overwrites it
      {0xff, 0x54, 0x24, 0xf1},                    // call [rsp-15]: the last byte of it
      {0xff, 0x54, 0x24, 0xff},                    // call [rsp-1]
      {0xff, 0x14, 0xc4},                          // call [rsp+rax*8]: may overlap
      {0xff, 0x94, 0x24, 0xff, 0xff, 0xff, 0x7f},  // call [rsp+7fffffffh]: no room for +8
      // call [rsp], padded to 15 bytes: no room for a displacement
      {0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0xff, 0x14, 0x24},
  };
  for (const Bytes& code : near) {
    const auto insn = accepted(code);
    EXPECT_EQ(insn.form, Form::Step);
    EXPECT_EQ(insn.finish, Finish::Step);
    EXPECT_EQ(insn.fixup, Fixup::ReturnAddress);
    EXPECT_EQ(insn.fixup_bytes, 8);
    EXPECT_FALSE(insn.ends_block);
  }
}

TEST(Analyze, FarCallsPushWhatTheirOperandSizeSays) {
  EXPECT_EQ(accepted({0xff, 0x18}).fixup_bytes, 4);        // call far [rax], m16:32
  EXPECT_EQ(accepted({0x66, 0xff, 0x18}).fixup_bytes, 2);  // m16:16
  EXPECT_EQ(accepted({0x48, 0xff, 0x18}).fixup_bytes, 8);  // m16:64
  EXPECT_EQ(accepted({0xff, 0x18}).form, Form::Step);
  EXPECT_EQ(accepted({0xff, 0x18}).fixup, Fixup::ReturnAddress);
}

TEST(Analyze, RipRelativeOperandIsAnnounced) {
  const auto insn = accepted({0x48, 0x8b, 0x05, 0x10, 0, 0, 0});  // mov rax, [rip+10h]
  EXPECT_EQ(insn.operand, site + 7 + 0x10);
  const auto back = accepted({0x83, 0x3d, 0xf0, 0xff, 0xff, 0xff, 0x05});  // cmp [rip-10h], 5
  EXPECT_EQ(back.operand, site + 7 - 0x10);
  EXPECT_FALSE(accepted({0xeb, 0x10}).operand);                       // branches need no reach
  EXPECT_FALSE(accepted({0x67, 0x8b, 0x05, 0x10, 0, 0, 0}).operand);  // nor does EIP-relative
  EXPECT_EQ(accepted({0xff, 0x25, 0, 0, 0, 0}).operand, site + 6);    // jmp [rip]
  EXPECT_EQ(accepted({0xff, 0x15, 0, 0, 0, 0}).operand, site + 6);    // call [rip]
  EXPECT_EQ(accepted({0xff, 0x1d, 0, 0, 0, 0}).operand, site + 6);    // call far [rip]
}

TEST(Refuse, NearBranchesWithOperandSizePrefix) {
  const Bytes branches[] = {
      {0x66, 0xe9, 0x10, 0x00, 0x00, 0x00},        // jmp
      {0x66, 0xeb, 0x10},                          // jmp short
      {0x66, 0xe8, 0x10, 0x00, 0x00, 0x00},        // call
      {0x66, 0x0f, 0x84, 0x10, 0x00, 0x00, 0x00},  // jz
      {0x66, 0x74, 0x10},                          // jz short
      {0x66, 0xe2, 0x10},                          // loop
      {0x66, 0xe3, 0x10},                          // jrcxz
      {0x66, 0xc3},                                // ret
      {0x66, 0xc2, 0x08, 0x00},                    // ret 8
      {0x66, 0xff, 0xe0},                          // jmp rax
      {0x66, 0xff, 0xd0},                          // call rax
      {0x66, 0xc7, 0xf8, 0x10, 0x00},              // xbegin rel16
      {0x66, 0xf2, 0xe9, 0x10, 0x00, 0x00, 0x00},  // among other prefixes
      {0x48, 0x66, 0xe9, 0x10, 0x00, 0x00, 0x00},  // a REX that is none: not next to the opcode
  };
  for (const Bytes& code : branches) EXPECT_PRED2(contains, refused(code), "Intel and AMD");
}

TEST(Refuse, ButNotWithRexW) {
  // data16 data16 rex.W call: as linkers write the call of __tls_get_addr
  const auto insn = accepted({0x66, 0x66, 0x48, 0xe8, 0x10, 0, 0, 0});
  EXPECT_EQ(insn.form, Form::Boosted);
  const auto image = amd64().relocate(insn, near_slot);
  EXPECT_EQ(destination(image, 6, near_slot), site + 8 + 0x10);
}

TEST(Refuse, WhatKeepsItsOwnAddress) {
  EXPECT_PRED2(contains, refused({0x0f, 0x34}), "sysenter");
  EXPECT_PRED2(contains, refused({0x0f, 0x01, 0xd7}), "enclu");
  EXPECT_PRED2(contains, refused({0xf3, 0x0f, 0x01, 0xec}), "user interrupts");  // uiret
  // lwpval rax, ebx, 1
  EXPECT_PRED2(contains, refused({0x8f, 0xea, 0xf8, 0x12, 0xcb, 0x01, 0, 0, 0}), "profiling");
}

TEST(Refuse, Undecodable) {
  EXPECT_PRED2(contains, refused({0x06}), "not an instruction");                    // push es
  EXPECT_PRED2(contains, refused({0xf0, 0x89, 0xd8}), "not an instruction");        // lock mov
  EXPECT_PRED2(contains, refused({0xd5, 0x08, 0x01, 0xc8}), "not an instruction");  // REX2
  EXPECT_PRED2(contains, refused(Bytes(15, 0x66)), "not an instruction");           // prefixes only
  // jkzd k1, +0 (Knights Corner)
  EXPECT_FALSE(refused({0xc5, 0xf0, 0x84, 0x00, 0x00, 0x00, 0x00}).empty());
}

TEST(Refuse, Truncated) {
  EXPECT_PRED2(contains, refused({0x48, 0x8b, 0x05, 0x10}), "ends within");
  EXPECT_PRED2(contains, refused({}), "ends within");
}

TEST(Refuse, VsyscallPage) {
  EXPECT_PRED2(contains, refused({0x0f, 0x05}, {0xffff'ffff'ff60'0000}), "vsyscall");
}

TEST(Boundary, DecodesForward) {
  // push rbp; mov rbp, rsp; cmp dword [rip], 5; ret
  const Bytes code = {0x55, 0x48, 0x89, 0xe5, 0x83, 0x3d, 0, 0, 0, 0, 5, 0xc3};
  const Bytes starts = {0, 1, 4, 11, 12};
  for (std::uint8_t at = 0; at <= 12; ++at) {
    const bool expected = std::find(starts.begin(), starts.end(), at) != starts.end();
    EXPECT_EQ(amd64().is_boundary(code, site, site + at), expected) << int{at};
  }
  EXPECT_FALSE(amd64().is_boundary(code, site, site - 1));
  EXPECT_FALSE(amd64().is_boundary(code, site, site + 13));
  EXPECT_FALSE(amd64().is_boundary(Bytes{0x06, 0x90}, site, site + 1));  // behind what is no code
}

TEST(FindSystemCall, OffsetOrNpos) {
  const Bytes code{0x90, 0x0f, 0x0f, 0x05, 0x0f, 0x05, 0xc3};
  EXPECT_EQ(amd64().find_system_call(code), 2u);
  EXPECT_EQ(amd64().find_system_call(std::span(code).subspan(3)), 1u);
  for (const Bytes& none : {Bytes{0x0f}, Bytes{}, Bytes{0x05, 0x0f}})
    EXPECT_EQ(amd64().find_system_call(none), std::string_view::npos);
}

TEST(Prefix, CodeMayJumpBehindIt) {
  EXPECT_TRUE(amd64().starts_with_prefix(accepted({0xf0, 0xff, 0x00})));         // lock inc [rax]
  EXPECT_TRUE(amd64().starts_with_prefix(accepted({0xf3, 0xa4})));               // rep movsb
  EXPECT_FALSE(amd64().starts_with_prefix(accepted({0x48, 0x89, 0xd8})));        // REX.W
  EXPECT_FALSE(amd64().starts_with_prefix(accepted({0x89, 0xd8})));              // mov eax, ebx
  EXPECT_FALSE(amd64().starts_with_prefix(accepted({0xc5, 0xf1, 0xef, 0xc2})));  // VEX
  EXPECT_FALSE(amd64().starts_with_prefix(accepted({0x62, 0xf1, 0x7e, 0x48, 0x6f, 0xc1})));
}

TEST(TrapByte, IsInt3) {
  EXPECT_EQ(amd64().trap_byte(), 0xcc);
}

// As librseq, tcmalloc and a bare .long write it; and as glibc registers with it (mov $sig, %r10d).
TEST(AbortSignature, IsAWordNotAnOperand) {
  EXPECT_TRUE(amd64().has_abort_signature(Bytes{0xc3, 0x0f, 0xb9, 0x3d, 0x53, 0x30, 0x05, 0x53}));
  EXPECT_TRUE(amd64().has_abort_signature(Bytes{0x0f, 0x1f, 0x05, 0x53, 0x30, 0x05, 0x53, 0x31}));
  EXPECT_TRUE(amd64().has_abort_signature(Bytes{0x53, 0x30, 0x05, 0x53}));
  EXPECT_FALSE(amd64().has_abort_signature(Bytes{0x41, 0xba, 0x53, 0x30, 0x05, 0x53}));
  EXPECT_FALSE(amd64().has_abort_signature(Bytes{0x0f, 0xb9, 0x3d, 0x53, 0x30, 0x05}));
  EXPECT_TRUE(amd64().has_abort_signature(
      Bytes{0x41, 0xba, 0x53, 0x30, 0x05, 0x53, 0x0f, 0xb9, 0x3d, 0x53, 0x30, 0x05, 0x53}));
}

}  // namespace
}  // namespace sidestep::test
