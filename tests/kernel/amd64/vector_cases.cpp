// Vector instructions: SSE, VEX, EVEX; with registers and with RIP-relative operands.
#include "execution.hpp"

namespace sidestep::test {
namespace {

/// maskmovdqu stores through RDI, which no explicit operand names.
void mask_in_xmm1(State& state) {
  for (std::size_t i = 0; i < 16; ++i) state.xstate[160 + 16 + i] = i % 3 == 0 ? 0x80 : 0x7f;
}
/// Lengths for pcmpestri.
void lengths(State& state) {
  state.regs.rax = 7;
  state.regs.rdx = 9;
}
/// SIMD exceptions unmasked, and an operand that raises one.
void invalid_operation(State& state) {
  state.xstate[24] = 0x00;  // MXCSR, low and high byte
  state.xstate[25] = 0x1f;
  state.poke(layout::operand, 0x7ff0'0000'0000'0001);  // signalling NaN
}

const Case sse[] = {
    {"addsd_rip", {0xf2, 0x0f, 0x58, 0x05, Rip}},
    {"movups_rip", {0x0f, 0x10, 0x05, Rip}},
    {"movaps_store_rip", {0x0f, 0x29, 0x1d, Rip}},
    {"shufps_rip", {0x0f, 0xc6, 0x05, Rip, 0x1b}},
    {"pshufd_rip", {0x66, 0x0f, 0x70, 0x05, Rip, 0x1b}},
    {"maskmovdqu", {0x66, 0x0f, 0xf7, 0xc1}, mask_in_xmm1},  // maskmovdqu xmm0, xmm1
    {"pcmpestri_rip", {0x66, 0x0f, 0x3a, 0x61, 0x05, Rip, 0x0c}, lengths, "sse4.2"},
    {"pcmpestrm_rip", {0x66, 0x0f, 0x3a, 0x60, 0x05, Rip, 0x40}, lengths, "sse4.2"},
    {"blendvpd_rip", {0x66, 0x0f, 0x38, 0x15, 0x05, Rip}, nullptr, "sse4.2"},  // implicit XMM0
    {"movnti_rip", {0x48, 0x0f, 0xc3, 0x05, Rip}},
    {"ldmxcsr_rip",
     {0x0f, 0xae, 0x15, Rip},
     [](State& state) { state.poke(layout::operand, 0x1fa0); }},
    {"stmxcsr_rip", {0x0f, 0xae, 0x1d, Rip}},
    {"simd_exception", {0xf2, 0x0f, 0x58, 0x05, Rip}, invalid_operation, "", SIGFPE},
    {"cvtsi2sd_rip", {0xf2, 0x48, 0x0f, 0x2a, 0x05, Rip}},
};
INSTANTIATE_TEST_SUITE_P(Sse, Execution, testing::ValuesIn(sse), case_name);

const Case vex[] = {
    {"vaddsd_rip", {0xc5, 0xfb, 0x58, 0x05, Rip}, nullptr, "avx"},
    {"vmovdqu_rip", {0xc5, 0xfe, 0x6f, 0x05, Rip}, nullptr, "avx"},
    {"vmovdqu_store_rip", {0xc5, 0xfe, 0x7f, 0x1d, Rip}, nullptr, "avx"},
    {"vmovdqu_reg", {0xc5, 0xfe, 0x6f, 0xc1}, nullptr, "avx"},
    {"vmovdqu_high_reg", {0xc4, 0x41, 0x7e, 0x6f, 0xca}, nullptr, "avx"},
    {"vpxor_rip", {0xc5, 0xf1, 0xef, 0x05, Rip}, nullptr, "avx"},
    {"vpxor_reg", {0xc5, 0xf1, 0xef, 0xc2}, nullptr, "avx"},
    {"vpor_rip", {0xc5, 0xf1, 0xeb, 0x05, Rip}, nullptr, "avx"},
    {"vpor_reg", {0xc5, 0xf1, 0xeb, 0xc2}, nullptr, "avx"},
    {"vpshufd_rip", {0xc5, 0xf9, 0x70, 0x05, Rip, 0x1b}, nullptr, "avx"},
    {"vpshufd_reg", {0xc5, 0xf9, 0x70, 0xc1, 0x1b}, nullptr, "avx"},
    {"vpcmpeqb_rip", {0xc5, 0xf1, 0x74, 0x05, Rip}, nullptr, "avx"},
    {"vpcmpeqb_reg", {0xc5, 0xf1, 0x74, 0xc2}, nullptr, "avx"},
    {"vmovd_rip", {0xc5, 0xf9, 0x6e, 0x05, Rip}, nullptr, "avx"},
    {"vmovd_to_eax", {0xc5, 0xf9, 0x7e, 0xc0}, nullptr, "avx"},
    {"vcmpps_rip", {0xc5, 0xf4, 0xc2, 0x05, Rip, 0x01}, nullptr, "avx"},
    {"vcmpps_reg", {0xc5, 0xf4, 0xc2, 0xc2, 0x01}, nullptr, "avx"},
    {"vpsubsb_rip", {0xc5, 0xf1, 0xe8, 0x05, Rip}, nullptr, "avx"},
    {"vpsubsb_reg", {0xc5, 0xf1, 0xe8, 0xc2}, nullptr, "avx"},
    {"vblendvps_rip", {0xc4, 0xe3, 0x71, 0x4a, 0x05, Rip, 0x20}, nullptr, "avx"},
    {"vzeroupper", {0xc5, 0xf8, 0x77}, nullptr, "avx"},
    {"vpbroadcastd_rip", {0xc4, 0xe2, 0x7d, 0x58, 0x05, Rip}, nullptr, "avx2"},
    {"vpsrad_reg", {0xc5, 0xf5, 0xe2, 0xc2}, nullptr, "avx2"},
};
INSTANTIATE_TEST_SUITE_P(Vex, Execution, testing::ValuesIn(vex), case_name);

const Case evex[] = {
    {"vmovdqu32_rip", {0x62, 0xf1, 0x7e, 0x48, 0x6f, 0x05, Rip}, nullptr, "avx512f"},
    {"vmovdqu32_store_rip", {0x62, 0xf1, 0x7e, 0x48, 0x7f, 0x0d, Rip}, nullptr, "avx512f"},
    {"vpaddd_broadcast_rip", {0x62, 0xf1, 0x75, 0x58, 0xfe, 0x05, Rip}, nullptr, "avx512f"},
    {"vpternlogd_rip", {0x62, 0xf3, 0x75, 0x48, 0x25, 0x05, Rip, 0x96}, nullptr, "avx512f"},
    {"vpaddd_ymm_rip", {0x62, 0xf1, 0x75, 0x28, 0xfe, 0x05, Rip}, nullptr, "avx512vl"},
    {"vpaddd_zmm_reg", {0x62, 0xf1, 0x75, 0x48, 0xfe, 0xc2}, nullptr, "avx512f"},
    {"vpcmpd_mask_rip", {0x62, 0xf3, 0x75, 0x48, 0x1f, 0x0d, Rip, 0x01}, nullptr, "avx512f"},
};
INSTANTIATE_TEST_SUITE_P(Evex, Execution, testing::ValuesIn(evex), case_name);

}  // namespace
}  // namespace sidestep::test
