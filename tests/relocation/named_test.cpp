// What the differential test has found in this tracer, and what others shipped and unit/amd64 can't
// run: each by name.
#include <gtest/gtest.h>

#include "amd64/amd64.hpp"
#include "random_machine.hpp"
#include "tester.hpp"

namespace sidestep::test {
namespace {

constexpr std::uint64_t alignment_check = 0x4'0000, trap_flag = 0x100;
constexpr Address high_site{0x5000'0000'0800};  // beside layout::far_slot

class Named : public testing::Test {
 protected:
  Situation at(Address site, const Bytes& code) {
    Random random(1);
    const Origin origin{runner_.first_registers(), runner_.first_xstate()};
    Situation out{code, *decode(code), random_machine(Flavour::Aligned, origin, random)};
    out.start.regs.rip = site.value;
    return out;
  }
  void expect_same(const Situation& situation, Address slot) {
    const Address site{situation.start.regs.rip};
    const auto insn = std::get<core::Instruction>(arch_->analyze(situation.code, site));
    const Ending in_place = runner_.in_place(situation.code, situation.start);
    for (const Passage passage : {Passage::Boosted, Passage::Single, Passage::Held}) {
      if (passage == Passage::Held && (in_place.signal != 0 || insn.finish == core::Finish::None))
        continue;
      Ending displaced = runner_.displaced(insn, {*arch_, passage, slot}, situation.start);
      EXPECT_EQ(difference(situation, in_place, std::move(displaced)), "")
          << disassembly(situation.code, site.value) << ", passage " << static_cast<int>(passage);
    }
  }

  const std::unique_ptr<core::Architecture> arch_ = amd64::make_architecture();
  Runner runner_;
};

/// The slot's own data was read across an alignment boundary: SIGBUS where the program has none.
TEST_F(Named, AlignmentChecksDoNotSeeTheSlotsData) {
  for (const Bytes& code : {Bytes{0x48, 0x01, 0xd8}, Bytes{0xe8, 0x20, 0, 0, 0}, Bytes{0x74, 0x20},
                            Bytes{0xeb, 0x20}}) {
    Situation situation = at(layout::site, code);
    situation.start.regs.eflags |= alignment_check;
    expect_same(situation, layout::near_slot);
    expect_same(situation, layout::far_slot);
  }
}

Situation interrupt_return(Situation situation, std::uint64_t flags) {
  std::uint64_t at = situation.start.regs.rsp;
  const std::uint64_t frame[] = {layout::target.value, 0x33, flags, layout::stack.value + 0x800,
                                 0x2b};
  for (const std::uint64_t word : frame) situation.start.poke({at}, word), at += 8;
  return situation;
}

/// A step of iret left its trap flag to the program, or took the one that iret loads for it.
TEST_F(Named, InterruptReturnsAreNotStepped) {
  const Situation plain = at(layout::site, {0x48, 0xcf});
  expect_same(interrupt_return(plain, 0x246), layout::near_slot);
  expect_same(interrupt_return(plain, 0x246 | trap_flag), layout::near_slot);
  Situation faults = interrupt_return(plain, 0x246);
  faults.start.regs.rsp = 0x1000;
  expect_same(faults, layout::near_slot);
}

/// With --step single, its SIGTRAP was taken for the step's and not delivered.
TEST_F(Named, Int1ReachesTheProgram) {
  expect_same(at(layout::site, {0xf1}), layout::near_slot);
}

/// Behind a held signal the program went on at the next instruction, as if in a transaction.
TEST_F(Named, AHeldSignalAbortsTheTransaction) {
  Situation situation = at(layout::site, {0xc7, 0xf8, 0x40, 0, 0, 0});
  const auto insn = std::get<core::Instruction>(arch_->analyze(situation.code, layout::site));
  const Ending in_place = runner_.in_place(situation.code, situation.start);
  if (in_place.signal != 0) GTEST_SKIP() << "no transactions on this processor";
  const Way held{*arch_, Passage::Held, layout::near_slot};
  EXPECT_EQ(difference(situation, in_place, runner_.displaced(insn, held, situation.start)), "");
}

/// GDB once kept 32 bits of a return address.
TEST_F(Named, ReturnAddressesHave64Bits) {
  Situation direct = at(high_site, {0xe8, 0x40, 0, 0, 0});
  expect_same(direct, layout::far_slot);
  expect_same(direct, layout::near_slot);
  Situation stepped = at(high_site, {0xff, 0x14, 0xc4});  // call [rsp+rax*8]
  stepped.start.regs.rax = 2;
  stepped.start.poke({stepped.start.regs.rsp + 16}, high_site.value + 0x40);
  expect_same(stepped, layout::far_slot);
  expect_same(stepped, layout::near_slot);
}

}  // namespace
}  // namespace sidestep::test
