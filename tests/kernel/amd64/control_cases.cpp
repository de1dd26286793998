// Control transfers: jumps, loops, calls, returns, near and far.
#include <array>

#include "execution.hpp"

namespace sidestep::test {
namespace {

constexpr std::uint64_t user_code_segment = 0x33;
constexpr std::uint64_t user_stack_segment = 0x2b;
constexpr std::uint64_t target = layout::target.value;

void one_left(State& state) {
  state.regs.rcx = 1;
}
void none_left(State& state) {
  state.regs.rcx = 0;
}
void low_half_zero(State& state) {
  state.regs.rcx = 0x1'0000'0000;
}
void zero_flag(State& state) {
  state.regs.eflags |= 0x40;
}

const Case jumps[] = {
    {"jmp_short", {0xeb, 0x20}},
    {"jmp_back", {0xeb, 0x80}},
    {"jmp_rel32", {0xe9, ToFar}},
    {"bnd_jmp", {0xf2, 0xe9, ToFar}},
    {"jmp_reg", {0xff, 0xe0}, [](State& state) { state.regs.rax = target; }},
    {"jmp_r11", {0x41, 0xff, 0xe3}, [](State& state) { state.regs.r11 = target; }},
    {"jmp_mem", {0xff, 0x23}, [](State& state) { state.poke({state.regs.rbx}, target); }},
    {"jmp_rip", {0xff, 0x25, Rip}, [](State& state) { state.poke(layout::operand, target); }},
    {"jmp_eip", {0x67, 0xff, 0x25, Rip}, [](State& state) { state.poke(layout::operand, target); }},
    {"jmp_far_rip",
     {0xff, 0x2d, Rip},
     [](State& state) { state.poke(layout::operand, target | user_code_segment << 32); }},
    {"jmp_to_nowhere", {0xff, 0xe0}, [](State& state) { state.regs.rax = 0x1234; }, "", SIGSEGV},
    {"jmp_non_canonical",
     {0xff, 0xe0},
     [](State& state) { state.regs.rax = 1ull << 62; },
     "",
     SIGSEGV},
    {"loop_taken", {0xe2, 0x20}},
    {"loop_back", {0xe2, 0x80}},
    {"loop_not_taken", {0xe2, 0x20}, one_left},
    {"loop_wraps", {0xe2, 0x20}, none_left},
    {"loop_ecx_taken", {0x67, 0xe2, 0x20}, none_left},
    {"loop_ecx_ends", {0x67, 0xe2, 0x20}, [](State& state) { state.regs.rcx = 0x1'0000'0001; }},
    {"loope_taken", {0xe1, 0x20}, zero_flag},
    {"loope_not_taken", {0xe1, 0x20}},
    {"loopne_taken", {0xe0, 0x20}},
    {"loopne_not_taken", {0xe0, 0x20}, zero_flag},
    {"jrcxz_taken", {0xe3, 0x20}, none_left},
    {"jrcxz_not_taken", {0xe3, 0x20}},
    {"jrcxz_sees_all_of_rcx", {0xe3, 0x20}, low_half_zero},
    {"jecxz_sees_the_low_half", {0x67, 0xe3, 0x20}, low_half_zero},
    {"jz_hint_taken", {0x3e, 0x74, 0x20}, zero_flag},
    {"jnz_bnd", {0xf2, 0x0f, 0x85, ToFar}},
};
INSTANTIATE_TEST_SUITE_P(Jumps, Execution, testing::ValuesIn(jumps), case_name);

/// Every condition, short and near, with flags under which each is met and is not.
std::vector<Case> conditional_jumps() {
  static std::array<std::string, 32> names;
  std::vector<Case> out;
  for (int condition = 0; condition < 16; ++condition) {
    const auto index = static_cast<std::size_t>(condition);
    names[index] = "jcc_short_" + std::to_string(condition);
    names[16 + index] = "jcc_near_" + std::to_string(condition);
    out.push_back({names[index].c_str(), {0x70 | condition, 0x20}});
    out.push_back({names[16 + index].c_str(), {0x0f, 0x80 | condition, ToFar}});
  }
  return out;
}

class Conditional : public Execution {};

TEST_P(Conditional, TakenAndNot) {
  int taken = 0;
  int passed = 0;
  // None; CF; PF; ZF; SF; OF; SF and OF.
  for (const unsigned flags : {0x0u, 0x1u, 0x4u, 0x40u, 0x80u, 0x800u, 0x880u}) {
    SCOPED_TRACE(flags);
    start_.regs.eflags = 0x202 | flags;
    const Outcome reference = run_in_place();
    ++(reference.state.regs.rip == insn_.next().value ? passed : taken);
    expect_all_equal(reference);
  }
  EXPECT_GT(taken, 0);
  EXPECT_GT(passed, 0);
}
INSTANTIATE_TEST_SUITE_P(All, Conditional, testing::ValuesIn(conditional_jumps()), case_name);

void target_in_rax(State& state) {
  state.regs.rax = target;
}
void target_at_operand(State& state) {
  state.poke(layout::operand, target);
}
void target_at_rbx(State& state) {
  state.poke({state.regs.rbx}, target);
}
template <int offset>
void target_at_rsp_plus(State& state) {
  state.poke({state.regs.rsp + static_cast<std::uint64_t>(offset)}, target);
}
void far_pointer(State& state) {
  state.poke(layout::operand, target | user_code_segment << 32);
}
void target_at_rsp_indexed(State& state) {
  state.regs.rax = 2;
  state.poke({state.regs.rsp + 16}, target);
}
/// call rsp runs the stack's own bytes.
void int3_on_stack(State& state) {
  *state.stack_at(layout::stack_pointer) = 0xcc;
}

const Case calls[] = {
    {"call_rel32", {0xe8, ToFar}},
    {"call_next", {0xe8, 0, 0, 0, 0}},
    {"call_tls", {0x66, 0x66, 0x48, 0xe8, ToFar}},  // data16 data16 rex.W call
    {"call_reg", {0xff, 0xd0}, target_in_rax},
    {"call_notrack_reg", {0x3e, 0xff, 0xd0}, target_in_rax},
    {"call_mem", {0xff, 0x13}, target_at_rbx},
    {"call_mem_disp",
     {0xff, 0x53, 0x08},
     [](State& state) { state.poke({state.regs.rbx + 8}, target); }},
    {"call_rip", {0xff, 0x15, Rip}, target_at_operand},
    {"call_eip", {0x67, 0xff, 0x15, Rip}, target_at_operand},
    {"call_fs", {0x64, 0xff, 0x14, 0x25, 0x00, 0x04, 0, 0}, target_at_operand},
    {"call_rsp_mem", {0xff, 0x14, 0x24}, target_at_rsp_plus<0>},
    {"call_rsp_disp8", {0xff, 0x54, 0x24, 0x10}, target_at_rsp_plus<0x10>},
    {"call_rsp_disp8_widened", {0xff, 0x54, 0x24, 0x78}, target_at_rsp_plus<0x78>},
    {"call_rsp_disp32", {0xff, 0x94, 0x24, 0, 1, 0, 0}, target_at_rsp_plus<0x100>},
    {"call_rsp_below_push", {0xff, 0x54, 0x24, 0xf0}, target_at_rsp_plus<-0x10>},
    {"call_esp_disp8", {0x67, 0xff, 0x54, 0x24, 0x10}, target_at_rsp_plus<0x10>},
    {"call_rsp_overlapping_push", {0xff, 0x54, 0x24, 0xf8}, target_at_rsp_plus<-8>},
    {"call_rsp_half_overlapping", {0xff, 0x54, 0x24, 0xfc}, target_at_rsp_plus<-4>},
    {"call_rsp_indexed", {0xff, 0x14, 0xc4}, target_at_rsp_indexed},
    {"call_rsp_itself", {0xff, 0xd4}, int3_on_stack},
    {"call_far_rip", {0xff, 0x1d, Rip}, far_pointer},
    {"call_far_m16_64_or_32",
     {0x48, 0xff, 0x1d, Rip},
     [](State& state) {
       // With REX.W, Intel reads a 64-bit offset and AMD a 32-bit one: the selector goes where
       // this processor looks for it, and elsewhere is 0.
       __builtin_cpu_init();
       if (__builtin_cpu_is("intel")) {
         state.poke(layout::operand, target);
         state.poke(layout::operand + 8, user_code_segment);
       } else {
         far_pointer(state);
       }
     }},
    {"call_to_nowhere", {0xff, 0xd0}, [](State& state) { state.regs.rax = 0x1234; }, "", SIGSEGV},
    {"call_push_faults", {0xe8, ToFar}, [](State& state) { state.regs.rsp = 0x1000; }, "", SIGSEGV},
};
INSTANTIATE_TEST_SUITE_P(Calls, Execution, testing::ValuesIn(calls), case_name);

void return_address(State& state) {
  state.poke(layout::stack_pointer, target);
}
void far_return_address(State& state) {
  state.poke(layout::stack_pointer, target | user_code_segment << 32);
}
void interrupt_frame(State& state) {
  const std::uint64_t frame[] = {target, user_code_segment, 0x243,
                                 layout::stack_pointer.value + 0x40, user_stack_segment};
  for (std::size_t i = 0; i < std::size(frame); ++i) {
    state.poke(layout::stack_pointer + 8 * i, frame[i]);
  }
}

const Case returns[] = {
    {"ret", {0xc3}, return_address},
    {"rep_ret", {0xf3, 0xc3}, return_address},
    {"ret_imm16", {0xc2, 0x20, 0x00}, return_address},
    {"retf", {0xcb}, far_return_address},
    {"iretq", {0x48, 0xcf}, interrupt_frame},
    {"ret_non_canonical",
     {0xc3},
     [](State& state) { state.poke(layout::stack_pointer, 1ull << 62); },
     "",
     SIGSEGV},
};
INSTANTIATE_TEST_SUITE_P(Returns, Execution, testing::ValuesIn(returns), case_name);

}  // namespace
}  // namespace sidestep::test
