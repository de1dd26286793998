// What call frame information says of an instruction, and what its expressions come to. That whole
// stacks come out right is tests/kernel/unwind's.
#include "symbols/call_frames.hpp"

#include <dwarf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <span>

#include "loaded_file.hpp"

namespace sidestep::symbols::test {
namespace {

using Kind = RegisterRule::Kind;
constexpr unsigned rbx = 3, rdi = 5;

LinkAddress entry_of(const std::string& file, const std::string& function) {
  const auto module = module_of(fixture(file), fixed_base);
  const auto found = find(module, function);
  return found.count() == 1 ? found.only().address.value : 0;
}

/// The psABI's: at a function's first instruction the return address is on top of the stack, and
/// the registers that callees keep are as the caller left them.
void expect_entry_rules(const FrameRules* rules) {
  ASSERT_NE(rules, nullptr);
  EXPECT_TRUE(rules->cfa_expression.empty());
  EXPECT_EQ(rules->cfa_register, FrameRegisters::stack_pointer);
  EXPECT_EQ(rules->cfa_offset, 8u);
  const RegisterRule& back = rules->registers[FrameRegisters::return_address];
  EXPECT_EQ(back.kind, Kind::AtCfa);
  EXPECT_EQ(static_cast<std::int64_t>(back.number), -8);
  EXPECT_EQ(rules->registers[FrameRegisters::stack_pointer].kind, Kind::CfaPlus);
  for (const unsigned kept : {rbx, 6u, 12u, 13u, 14u, 15u}) {
    EXPECT_EQ(rules->registers[kept].kind, Kind::Same) << kept;
  }
  for (const unsigned lost : {0u, 1u, 2u, 4u, rdi, 8u, 9u, 10u, 11u}) {
    EXPECT_EQ(rules->registers[lost].kind, Kind::Undefined) << lost;
  }
  EXPECT_FALSE(rules->signal);
}

TEST(CallFrames, AtAFunctionsEntry) {
  const auto frames = CallFrames::open(fixture("names-fixed"));
  ASSERT_TRUE(frames);
  EXPECT_EQ(frames->first_page(), fixed_base.value);
  expect_entry_rules(frames->rules_at(entry_of("names-fixed", "beta")));
}

TEST(CallFrames, OfDebugFrameAlone) {
  const auto frames = CallFrames::open(fixture("names-debugframe"));
  ASSERT_TRUE(frames);
  expect_entry_rules(frames->rules_at(entry_of("names-debugframe", "beta")));
}

TEST(CallFrames, OfAnImageInMemory) {
  std::ifstream file(fixture("names-fixed"), std::ios::binary);
  std::vector<std::uint8_t> image{std::istreambuf_iterator<char>(file), {}};
  const auto frames = CallFrames::of_image(std::move(image));
  ASSERT_TRUE(frames);
  expect_entry_rules(frames->rules_at(entry_of("names-fixed", "beta")));
}

TEST(CallFrames, NothingOutsideOfCode) {
  const auto frames = CallFrames::open(fixture("names-fixed"));
  ASSERT_TRUE(frames);
  EXPECT_EQ(frames->rules_at(0), nullptr);
  EXPECT_EQ(frames->rules_at(~LinkAddress{0}), nullptr);
  EXPECT_EQ(frames->rules_at(0), nullptr) << "the second answer is a kept one";
}

TEST(CallFrames, OfWhatIsNoElf) {
  EXPECT_FALSE(CallFrames::open(fixture("no-such-file")));
  EXPECT_FALSE(CallFrames::open(fixture_source("names.c")));
  EXPECT_FALSE(CallFrames::of_image({}));
  EXPECT_FALSE(CallFrames::of_image({0x7f, 'E', 'L', 'F'}));
}

/// Registers 5 and 7 are known; memory holds the number of each address, and ends at 0x10000.
std::optional<std::uint64_t> value_of(const std::vector<Dwarf_Op>& expression,
                                      std::optional<std::uint64_t> cfa = 0x100) {
  FrameRegisters registers;
  registers.set(rdi, 3);
  registers.set(FrameRegisters::stack_pointer, 0x2000);
  const core::Unwinder::Read read = [](Address from, std::span<std::uint8_t> to) {
    if (from.value >= 0x10000) return std::size_t{0};
    for (std::size_t i = 0; i < to.size(); i += 8) {
      const std::uint64_t address = from.value + i;
      std::memcpy(to.data() + i, &address, sizeof address);
    }
    return to.size();
  };
  StackMemory memory;
  memory.begin(read);
  return evaluate(expression, registers, cfa, memory);
}

Dwarf_Op op(std::uint8_t atom, std::uint64_t number = 0, std::uint64_t number2 = 0) {
  return {atom, number, number2, 0};
}

TEST(FrameExpression, OfAProcedureLinkageTable) {
  // rsp + 8 + ((rip & 15) >= 11) * 8, with rdi for rip
  const auto at = [&](std::uint64_t bound) {
    return value_of({op(DW_OP_breg7, 8), op(DW_OP_breg5, 0), op(DW_OP_lit15), op(DW_OP_and),
                     op(static_cast<std::uint8_t>(DW_OP_lit0 + bound)), op(DW_OP_ge),
                     op(DW_OP_lit3), op(DW_OP_shl), op(DW_OP_plus)});
  };
  EXPECT_EQ(at(3), 0x2010u);
  EXPECT_EQ(at(4), 0x2008u);
}

TEST(FrameExpression, MemoryAndTheCfa) {
  EXPECT_EQ(value_of({op(DW_OP_call_frame_cfa), op(DW_OP_plus_uconst, 8), op(DW_OP_deref)}),
            0x108u);
  EXPECT_EQ(value_of({op(DW_OP_bregx, 7, 0x10), op(DW_OP_deref)}), 0x2010u);
  EXPECT_EQ(value_of({op(DW_OP_constu, 0xffc), op(DW_OP_deref)}), 0x0000100000000000u)
      << "half of it in the next page";
  EXPECT_FALSE(value_of({op(DW_OP_constu, 0x10000), op(DW_OP_deref)}));
  EXPECT_FALSE(value_of({op(DW_OP_call_frame_cfa)}, {}));
}

TEST(FrameExpression, TheStack) {
  EXPECT_EQ(value_of({op(DW_OP_lit1), op(DW_OP_lit5), op(DW_OP_swap), op(DW_OP_minus)}),
            static_cast<std::uint64_t>(4));
  EXPECT_EQ(value_of({op(DW_OP_lit4), op(DW_OP_lit9), op(DW_OP_over), op(DW_OP_plus)}), 13u);
  EXPECT_EQ(value_of({op(DW_OP_lit4), op(DW_OP_lit9), op(DW_OP_pick, 1)}), 4u);
  EXPECT_EQ(value_of({op(DW_OP_lit4), op(DW_OP_lit9), op(DW_OP_drop)}), 4u);
  EXPECT_EQ(value_of({op(DW_OP_const1s, ~std::uint64_t{0}), op(DW_OP_neg)}), 1u);
}

TEST(FrameExpression, BrokenOnesComeToNothing) {
  EXPECT_FALSE(value_of({}));
  EXPECT_FALSE(value_of({op(DW_OP_plus)}));
  EXPECT_FALSE(value_of({op(DW_OP_lit1), op(DW_OP_plus)}));
  EXPECT_FALSE(value_of({op(DW_OP_deref)}));
  EXPECT_FALSE(value_of({op(DW_OP_drop)}));
  EXPECT_FALSE(value_of({op(DW_OP_lit1), op(DW_OP_pick, 1)}));
  EXPECT_FALSE(value_of({op(DW_OP_breg0)})) << "rax of a caller is not known";
  EXPECT_FALSE(value_of({op(DW_OP_bregx, 200)}));
  EXPECT_FALSE(value_of({op(DW_OP_lit0), op(DW_OP_bra, 0)}));
  EXPECT_FALSE(value_of({op(DW_OP_lit0), op(DW_OP_skip, 0)}));
  EXPECT_FALSE(value_of(std::vector<Dwarf_Op>(1000, op(DW_OP_lit1)))) << "too deep";
}

}  // namespace
}  // namespace sidestep::symbols::test
