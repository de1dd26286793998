// Runs the branching instructions and checks where each one went.
#include <string.h>
#include <time.h>

#include "insns.h"

typedef uint64_t Flow(uint64_t number, void* pointer);
enum { kTaken = 1, kNotTaken = 2 };

#define DECLARE(name) \
  ARRIVALS(name);     \
  Flow fn_##name;     \
  extern const char insn_##name[];

// A run function that compares fn_NAME's result with what is expected for `n`.
#define CHECKED(name, number, expected, arrivals_made)             \
  DECLARE(name)                                                    \
  static int run_##name(const Case* self, uint64_t random) {       \
    (void)self;                                                    \
    uint64_t memory[8] = {0};                                      \
    const uint64_t n = (number);                                   \
    (void)random;                                                  \
    return fn_##name(n, memory) == (uint64_t)(expected) ? (int)(arrivals_made) : kWrong; \
  }
#define ADDRESS(label) ((uint64_t)(uintptr_t)(label))
// A call: the callee must find the address after the original instruction.
#define CALL(name)                 \
  extern const char after_##name[]; \
  CHECKED(name, 0, ADDRESS(after_##name), 1)

CHECKED(jmp_short, 0, kTaken, 1)
CHECKED(jmp_near, 0, kTaken, 1)
CHECKED(jcc_short, random, n & 1 ? kTaken : kNotTaken, 1)
CHECKED(jcc_near, random, n & 1 ? kTaken : kNotTaken, 1)
CHECKED(jcc_backward, random, n & 1 ? kTaken : kNotTaken, 1)
CHECKED(jmp_reg, 0, kTaken, 1)
CHECKED(jmp_notrack, 0, kTaken, 1)
CHECKED(jmp_mem, 0, kTaken, 1)
CHECKED(jmp_rip, 0, kTaken, 1)
CHECKED(loop, 1 + random % 5, n, n)
CHECKED(loop_self, 1 + random % 5, 0, n)
CHECKED(loope, 1 + random % 5, n < 3 ? n : 3, n < 3 ? n : 3)
CHECKED(loopne, 1 + random % 5, n < 3 ? n : 3, n < 3 ? n : 3)
CHECKED(jrcxz, (random & 1) << 40, n == 0 ? kTaken : kNotTaken, 1)
CHECKED(jecxz, (random & 1) | 1ULL << 40, n & 1 ? kNotTaken : kTaken, 1)
CALL(call_near)
CALL(call_next)
CALL(call_reg)
CALL(call_mem)
CALL(call_index)
CALL(call_rip)
CALL(call_rsp)
CALL(call_rsp_disp)
extern const char after_call_self[];
CHECKED(call_self, 0, ADDRESS(after_call_self), 2)
CHECKED(ret, 0, 1, 1)
CHECKED(rep_ret, 0, 1, 1)
CHECKED(ret_imm, 0, 1, 1)
CHECKED(lret, 0, kTaken, 1)
CHECKED(iret, 0, kTaken, 1)
CHECKED(nop_first, random, n + 1, 1)
CHECKED(mov_ss, random, n + 1, 1)

// The address of the instruction is visible to the program only where the CPU stores it; the same
// code without a probe says whether this one does.
DECLARE(x87_fip)
Flow fn_x87_plain;
extern const char x87_plain[];

static uint32_t fip_after(Flow* function) {
  uint32_t environment[7] = {0};
  function(0, environment);
  return environment[3];
}

// Some processors (AMD's, where no exception is pending) and hypervisors do not keep the address when
// the thread's FPU state is saved and loaded: then it is gone whenever somebody else has run. Once seen
// is enough.
static int fip_lasts(void) {
  static int lost = 0;
  const struct timespec moment = {0, 1000000};
  for (int i = 0; i < 20 && !__atomic_load_n(&lost, __ATOMIC_RELAXED); ++i) {
    uint32_t environment[7] = {0};
    __asm__ volatile("fninit; fld1; fadd %st(0), %st");
    nanosleep(&moment, NULL);
    __asm__ volatile("fnstenv %0; fstp %%st(0); fninit" : "=m"(environment));
    if (environment[3] == 0) __atomic_store_n(&lost, 1, __ATOMIC_RELAXED);
  }
  return !lost;
}

static int run_x87_fip(const Case* self, uint64_t random) {
  (void)self, (void)random;
  const int visible = fip_after(fn_x87_plain) == (uint32_t)ADDRESS(x87_plain);
  const uint32_t fip = fip_after(fn_x87_fip);
  if (fip == 0) return visible && fip_lasts() ? kWrong : 1;
  return visible && fip == (uint32_t)ADDRESS(insn_x87_fip) ? 1 : kWrong;
}

#define FLOW(name) {#name, "", insn_##name##_arrivals, run_##name, NULL, NULL, 0}

// nop_second shares its function, and so its count, with nop_first.
Case* flow_cases(void) {
  static Case table[] = {
      FLOW(jmp_short), FLOW(jmp_near),  FLOW(jcc_short),  FLOW(jcc_near),  FLOW(jcc_backward),
      FLOW(jmp_reg),   FLOW(jmp_notrack), FLOW(jmp_mem),  FLOW(jmp_rip),   FLOW(loop),
      FLOW(loop_self), FLOW(loope),     FLOW(loopne),     FLOW(jrcxz),     FLOW(jecxz),
      FLOW(call_near), FLOW(call_next), FLOW(call_reg),   FLOW(call_mem),  FLOW(call_index),
      FLOW(call_rip),  FLOW(call_rsp),  FLOW(call_rsp_disp), FLOW(call_self), FLOW(ret), FLOW(rep_ret),
      FLOW(ret_imm),   FLOW(lret),      FLOW(iret),       FLOW(nop_first), FLOW(mov_ss),
      FLOW(x87_fip),   {0}};
  return table;
}
