// What the analysis claims: each claim, made wrong, is noticed.
#include <gtest/gtest.h>

#include "samples.hpp"

namespace sidestep::oracle::test {
namespace {

using core::Finish;
using core::Fixup;
using core::Form;
using core::Instruction;

constexpr Address site{0x40'1000};

/// The complaint about the right analysis of `code` after `spoil` has changed it.
template <class Spoil>
std::string spoilt(const Code& code, Spoil spoil) {
  Instruction insn = analyzed({"", code, site});
  EXPECT_EQ(judge_verdict(code, site, insn), "");
  spoil(insn);
  return judge_verdict(code, site, insn);
}

TEST(Verdict, RefusedWithoutNeed) {
  EXPECT_EQ(judge_verdict(Code{0x90}, site, core::Refusal{"no"}), "refused without need: no");
  EXPECT_EQ(judge_verdict(Code{0x90}, site, core::Refusal{""}), "refused without a reason");
  EXPECT_EQ(judge_verdict(Code{0x06}, site, core::Refusal{"not an instruction"}), "");
  EXPECT_EQ(judge_verdict(Code{0x0f, 0x34}, site, core::Refusal{"sysenter"}), "");
}

TEST(Verdict, WhatMustBeRefused) {
  const auto accepted = [](const Code& code) {
    Instruction insn = analyzed({"", {0x90}, site});
    insn.bytes = {};
    insn.bytes.append(code);
    return judge_verdict(code, site, insn);
  };
  EXPECT_EQ(accepted({0x06}), "accepted, but not an instruction");
  EXPECT_EQ(accepted({0x0f, 0x34}), "accepted, but it keeps its own address");
  EXPECT_EQ(accepted({0x66, 0xe9, 0, 0, 0, 0}), "accepted, but processors differ");
}

TEST(Verdict, TheInstructionItself) {
  EXPECT_EQ(spoilt({0x89, 0xe5}, [](Instruction& i) { i.bytes[1] = 0xe4; }),
            "other bytes than the instruction's");
  EXPECT_EQ(spoilt({0x89, 0xe5}, [](Instruction& i) { i.site = i.site + 1; }), "another site");
}

TEST(Verdict, TheOperandToReach) {
  const Code load{0x48, 0x8b, 0x05, 0x10, 0x20, 0x30, 0x00};
  EXPECT_EQ(spoilt(load, [](Instruction& i) { i.operand.reset(); }), "the operand to reach");
  EXPECT_EQ(spoilt(load, [](Instruction& i) { i.operand = *i.operand + 1; }),
            "the operand to reach");
  EXPECT_EQ(spoilt({0x90}, [](Instruction& i) { i.operand = site; }), "the operand to reach");
}

TEST(Verdict, TheForm) {
  const auto boosted = [](Instruction& i) { i.form = Form::Boosted; };
  EXPECT_EQ(spoilt({0x0f, 0x05}, boosted), "a system call that is not treated as one");
  EXPECT_EQ(spoilt({0xcc}, boosted), "the program's own trap");
  EXPECT_EQ(spoilt({0x9d}, boosted), "popf may set TF");
  EXPECT_EQ(spoilt({0xf1}, boosted), "the SIGTRAP of int1 would pass for a step's");
  EXPECT_EQ(spoilt({0x48, 0xcf}, [](Instruction& i) { i.finish = Finish::Step; }),
            "finished in the wrong way");
  EXPECT_EQ(spoilt({0xff, 0x1f}, boosted), "a far call must be stepped");
  EXPECT_EQ(spoilt({0x90}, [](Instruction& i) { i.form = Form::Step; }), "stepped without need");
  EXPECT_EQ(spoilt({0x75, 0x10}, [](Instruction& i) { i.finish = Finish::Twin; }),
            "finished in the wrong way");
}

TEST(Verdict, TheFixup) {
  EXPECT_EQ(spoilt({0xdd, 0x07}, [](Instruction& i) { i.fixup = Fixup::None; }),
            "the FPU would keep the slot's address");
  EXPECT_EQ(spoilt({0x90}, [](Instruction& i) { i.fixup = Fixup::FpuIp; }), "no FPU instruction");
  EXPECT_EQ(spoilt({0xff, 0xd4}, [](Instruction& i) { i.fixup = Fixup::None; }),
            "a stepped call's return address");
  EXPECT_EQ(spoilt({0x66, 0xff, 0x1f}, [](Instruction& i) { i.fixup_bytes = 8; }),
            "the return address has another width");
}

TEST(Verdict, TheMarks) {
  EXPECT_EQ(spoilt({0xf3, 0xa4}, [](Instruction& i) { i.restartable_string = false; }),
            "restartable_string");
  EXPECT_EQ(spoilt({0x9c}, [](Instruction& i) { i.pushes_flags = false; }), "pushes_flags");
  EXPECT_EQ(spoilt({0x48, 0xcf}, [](Instruction& i) { i.may_set_trap_flag = false; }),
            "may_set_trap_flag");
  EXPECT_EQ(spoilt({0xc3}, [](Instruction& i) { i.ends_block = false; }), "ends_block");
  EXPECT_EQ(spoilt({0xff, 0xd0}, [](Instruction& i) { i.ends_block = true; }), "ends_block");
}

TEST(Verdict, Reach) {
  Instruction insn = analyzed({"", {0x90}, site});
  EXPECT_EQ(judge_reach(insn, far_slot, true), "");
  EXPECT_EQ(judge_reach(insn, far_slot, false), "nothing to reach, and out of reach");
  insn.operand = site;
  EXPECT_EQ(judge_reach(insn, near_slot, true), "");
  EXPECT_EQ(judge_reach(insn, near_slot, false), "out of reach, at less than 2 GiB");
  EXPECT_EQ(judge_reach(insn, far_slot, false), "");
  EXPECT_EQ(judge_reach(insn, far_slot, true), "within reach, at more than 2 GiB");
  EXPECT_EQ(judge_reach(insn, site + 0x8000'0001, true), "within reach, at more than 2 GiB");
}

TEST(Verdict, Entangled) {
  const Instruction call = analyzed({"", {0xe8, 0x00, 0x10, 0x00, 0x00}, site});
  EXPECT_FALSE(entangled(call, near_slot));
  EXPECT_TRUE(entangled(call, site));
  EXPECT_TRUE(entangled(call, call.next() + 0x1000));
}

}  // namespace
}  // namespace sidestep::oracle::test
