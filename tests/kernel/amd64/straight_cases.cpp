// Straight-line code without vectors: arithmetic, stack, strings, flags, x87, faults.
#include "execution.hpp"

namespace sidestep::test {
namespace {

TEST_P(Execution, SameAsInPlace) {
  expect_all_equal(run_in_place());
}

void all_flags(State& state) {
  state.regs.eflags |= 0x8d5;
}  // CF PF AF ZF SF OF

const Case plain[] = {
    {"add_reg", {0x48, 0x01, 0xd8}},                    // add rax, rbx
    {"adc_with_carry", {0x48, 0x11, 0xd8}, all_flags},  // adc rax, rbx
    {"add_longest", {0x2e, 0x2e, 0x2e, 0x2e, 0x48, 0x81, 0x83, 8, 0, 0, 0, 4, 3, 2, 1}},
    {"lock_inc_mem", {0xf0, 0xff, 0x03}},                    // lock inc dword [rbx]
    {"lock_add_rip", {0xf0, 0x48, 0x83, 0x05, Rip, 0x7f}},   // lock add qword [rip], 7fh
    {"xadd_rip", {0xf0, 0x48, 0x0f, 0xc1, 0x05, Rip}},       // lock xadd [rip], rax
    {"xchg_rip", {0x48, 0x87, 0x05, Rip}},                   // xchg [rip], rax
    {"cmp_imm8_rip", {0x83, 0x3d, Rip, 0x05}},               // cmp dword [rip], 5
    {"cmp_imm32_rip", {0x48, 0x81, 0x3d, Rip, 1, 2, 3, 4}},  // cmp qword [rip], 4030201h
    {"mov_imm32_rip", {0x48, 0xc7, 0x05, Rip, 1, 2, 3, 0x84}},
    {"mov_imm8_rip", {0xc6, 0x05, Rip, 0x5a}},
    {"mov_imm16_rip", {0x66, 0xc7, 0x05, Rip, 0x5a, 0xa5}},
    {"add_ch_rip", {0x02, 0x2d, Rip}},           // add ch, [rip]
    {"add_spl_rip", {0x40, 0x02, 0x25, Rip}},    // add spl, [rip]
    {"mov_load_rip", {0x4c, 0x8b, 0x3d, Rip}},   // mov r15, [rip]
    {"mov_store_rip", {0x4c, 0x89, 0x3d, Rip}},  // mov [rip], r15
    {"lea_rip", {0x48, 0x8d, 0x05, Rip}},
    {"movzx_rip", {0x0f, 0xb6, 0x05, Rip}},
    {"cmov_rip", {0x48, 0x0f, 0x44, 0x05, Rip}, all_flags},  // cmovz rax, [rip]
    {"setz_rip", {0x0f, 0x94, 0x05, Rip}},
    {"shl_cl_rip", {0xd3, 0x25, Rip}},               // shl dword [rip], cl
    {"shld_cl_rip", {0x48, 0x0f, 0xa5, 0x05, Rip}},  // shld [rip], rax, cl
    {"mul_rip", {0x48, 0xf7, 0x25, Rip}},            // mul qword [rip]: rdx:rax
    {"imul3_rip", {0x48, 0x69, 0x05, Rip, 9, 0, 0, 0}},
    {"bt_imm_rip", {0x48, 0x0f, 0xba, 0x2d, Rip, 0x21}},  // bts qword [rip], 33
    {"cmpxchg_rip", {0xf0, 0x0f, 0xb1, 0x0d, Rip}},       // lock cmpxchg [rip], ecx
    {"cmpxchg16b_rip", {0xf0, 0x48, 0x0f, 0xc7, 0x0d, Rip}},
    {"cmpxchg16b_rip_equal",
     {0xf0, 0x48, 0x0f, 0xc7, 0x0d, Rip},
     [](State& state) {
       state.poke(layout::operand, state.regs.rax);
       state.poke(layout::operand + 8, state.regs.rdx);
     }},
    {"popcnt_rip", {0xf3, 0x48, 0x0f, 0xb8, 0x05, Rip}, nullptr, "sse4.2"},
    {"crc32_rip", {0xf2, 0x48, 0x0f, 0x38, 0xf1, 0x05, Rip}, nullptr, "sse4.2"},
    {"bextr_rip", {0xc4, 0xe2, 0xf0, 0xf7, 0x05, Rip}, nullptr, "bmi"},  // bextr rax, [rip], rcx
    {"shrx_rip", {0xc4, 0xe2, 0xf3, 0xf7, 0x05, Rip}, nullptr, "bmi2"},  // shrx rax, [rip], rcx
    {"shrx_reg", {0xc4, 0xe2, 0xf3, 0xf7, 0xc2}, nullptr, "bmi2"},       // shrx rax, rdx, rcx
    {"mulx_rip", {0xc4, 0xe2, 0xfb, 0xf6, 0x0d, Rip}, nullptr, "bmi2"},  // mulx rcx, rax, [rip]
    {"rorx_rip", {0xc4, 0xe3, 0xfb, 0xf0, 0x05, Rip, 0x0b}, nullptr, "bmi2"},
    {"fs_load", {0x64, 0x48, 0x8b, 0x04, 0x25, 0x40, 0, 0, 0}},  // mov rax, fs:[40h]
    {"fs_rip",
     {0x64, 0x48, 0x8b, 0x05, 0, 0, 0, 0xf0},  // mov rax, fs:[rip-...]
     [](State& state) {
       state.regs.fs_base = layout::operand.value - (layout::site.value + 8) + 0x1000'0000;
     }},
    {"eip_load", {0x67, 0x8b, 0x05, Rip}},       // mov eax, [eip]
    {"eip_imm", {0x67, 0x83, 0x05, Rip, 0x11}},  // add dword [eip], 11h
    {"eip_lea", {0x67, 0x48, 0x8d, 0x05, Rip}},
    {"movabs", {0x48, 0xa1, 0x00, 0x04, 0x01, 0x10, 0, 0, 0, 0}},  // mov rax, [operand]
    {"endbr64", {0xf3, 0x0f, 0x1e, 0xfa}},
    {"nop_rip", {0x0f, 0x1f, 0x05, Rip}},
    {"mfence", {0x0f, 0xae, 0xf0}},
    {"mov_ss", {0x8e, 0xd0}, [](State& state) { state.regs.rax = state.regs.ss; }},
    {"cpuid_leaf", {0x0f, 0xa2}, [](State& state) { state.regs.rax = 0; }},
    {"xgetbv", {0x0f, 0x01, 0xd0}, [](State& state) { state.regs.rcx = 0; }},
};
INSTANTIATE_TEST_SUITE_P(Plain, Execution, testing::ValuesIn(plain), case_name);

/// What popf is to load: CF, ZF and the reserved bit.
void flags_on_stack(State& state) {
  state.poke(layout::stack_pointer, 0x243);
}
void trap_flag_on_stack(State& state) {
  state.poke(layout::stack_pointer, 0x343);
}

const Case stack[] = {
    {"push_rip", {0xff, 0x35, Rip}},
    {"push_rsp", {0x54}},
    {"push_imm", {0x68, 1, 2, 3, 0x80}},
    {"pop_rip", {0x8f, 0x05, Rip}},
    {"pop_rsp_based", {0x8f, 0x44, 0x24, 0x10}},
    {"pop_rsp", {0x5c}},
    {"leave", {0xc9}},
    {"enter", {0xc8, 0x20, 0x00, 0x00}},
    {"enter_nested", {0xc8, 0x20, 0x00, 0x02}},
    {"pushfq", {0x9c}},
    {"pushfq_all_set", {0x9c}, all_flags},
    {"pushfw", {0x66, 0x9c}},
    {"popfq", {0x9d}, flags_on_stack},
    {"popfw", {0x66, 0x9d}, flags_on_stack},
    {"popfq_sets_trap_flag", {0x9d}, trap_flag_on_stack},
    {"lahf", {0x9f}, all_flags},
    {"cld", {0xfc}},
    {"std", {0xfd}},
};
INSTANTIATE_TEST_SUITE_P(Stack, Execution, testing::ValuesIn(stack), case_name);

void many(State& state) {
  state.regs.rcx = 0x37;
}
void backwards(State& state) {
  state.regs.rcx = 9;
  state.regs.eflags |= 0x400;
}
void beyond_the_page(State& state) {
  state.regs.rcx = layout::page;
}

const Case strings[] = {
    {"movsb", {0xa4}},
    {"rep_movsb", {0xf3, 0xa4}, many},
    {"rep_movsb_none", {0xf3, 0xa4}, [](State& state) { state.regs.rcx = 0; }},
    {"rep_movsb_backwards", {0xf3, 0xa4}, backwards},
    {"rep_movsb_faults_half_way", {0xf3, 0xa4}, beyond_the_page, "", SIGSEGV},
    {"rep_movsq_fs",
     {0xf3, 0x64, 0x48, 0xa5},
     [](State& state) {
       state.regs.rsi = 0x10;
       state.regs.rcx = 4;
     }},
    {"rep_stosq", {0xf3, 0x48, 0xab}, many},
    {"repe_cmpsb", {0xf3, 0xa6}, many},
    {"repne_scasb", {0xf2, 0xae}, many},
    {"rep_movsb_ecx", {0x67, 0xf3, 0xa4}, many},
};
INSTANTIATE_TEST_SUITE_P(Strings, Execution, testing::ValuesIn(strings), case_name);

/// A value for fld to load, and an instruction pointer that none of the cases leaves.
void double_operand(State& state) {
  state.poke(layout::operand, 0x4045'0000'0000'0000);  // 42.0
  state.set_fpu_ip(0x1234'5678);
}

const Case x87[] = {
    {"fld1", {0xd9, 0xe8}, double_operand},
    {"fld_rip", {0xdd, 0x05, Rip}, double_operand},
    {"fild_rip", {0xdf, 0x2d, Rip}, double_operand},
    {"fstp_rip_empty", {0xdd, 0x1d, Rip}, double_operand},
    {"fxam", {0xd9, 0xe5}, double_operand},
    {"fnop", {0xd9, 0xd0}, double_operand},
    {"fnstenv", {0xd9, 0x33}, double_operand},  // fnstenv [rbx]
    {"fninit", {0xdb, 0xe3}, double_operand},
    {"fnstcw_rip", {0xd9, 0x3d, Rip}, double_operand},
    {"fldcw_rip", {0xd9, 0x2d, Rip}, [](State& state) { state.poke(layout::operand, 0x27f); }},
    {"fnclex", {0xdb, 0xe2}, double_operand},
    {"fwait", {0x9b}, double_operand},
    {"fxsave64", {0x48, 0x0f, 0xae, 0x03}, double_operand},  // fxsave64 [rbx]
    {"emms", {0x0f, 0x77}, double_operand},
    {"paddb_mmx_rip", {0x0f, 0xfc, 0x05, Rip}, double_operand},
};
INSTANTIATE_TEST_SUITE_P(X87, Execution, testing::ValuesIn(x87), case_name);

void bad_pointer(State& state) {
  state.regs.rbx = 0x1234;
}

const Case faults[] = {
    {"load_faults", {0x48, 0x8b, 0x03}, bad_pointer, "", SIGSEGV},
    {"store_faults", {0x48, 0x89, 0x03}, bad_pointer, "", SIGSEGV},
    {"x87_load_faults", {0xdd, 0x03}, bad_pointer, "", SIGSEGV},
    {"push_faults", {0x50}, [](State& state) { state.regs.rsp = 0x1000; }, "", SIGSEGV},
    {"divide_error", {0x48, 0xf7, 0xf1}, [](State& state) { state.regs.rcx = 0; }, "", SIGFPE},
    {"ud2", {0x0f, 0x0b}, nullptr, "", SIGILL},
    {"ud1_rip", {0x0f, 0xb9, 0x05, Rip}, nullptr, "", SIGILL},
    {"hlt", {0xf4}, nullptr, "", SIGSEGV},
    {"cli", {0xfa}, nullptr, "", SIGSEGV},
    {"in_al", {0xec}, nullptr, "", SIGSEGV},
    {"wrmsr", {0x0f, 0x30}, nullptr, "", SIGSEGV},
    {"mov_cr3", {0x0f, 0x22, 0xd8}, nullptr, "", SIGSEGV},
    {"sysretq", {0x48, 0x0f, 0x07}, nullptr, "", SIGSEGV},
    {"int_21", {0xcd, 0x21}, nullptr, "", SIGSEGV},
    {"int_3", {0xcd, 0x03}, nullptr, "", SIGTRAP},  // the two-byte form: a trap, reported behind it
    {"int_4", {0xcd, 0x04}, nullptr, "", SIGSEGV},
    {"int1", {0xf1}, nullptr, "", SIGTRAP},
    {"int3_with_prefix", {0x48, 0xcc}, nullptr, "", SIGTRAP},
};
INSTANTIATE_TEST_SUITE_P(Faults, Execution, testing::ValuesIn(faults), case_name);

}  // namespace
}  // namespace sidestep::test
