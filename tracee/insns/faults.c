// Runs the instructions that raise signals. The handlers check what the kernel tells them (PC, si_addr,
// si_code) against the original instruction's address, then repair or skip.
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "insns.h"

typedef uint64_t Faulting(uint64_t number, void* pointer);
#define DECLARE(name) \
  ARRIVALS(name);     \
  Faulting fn_##name; \
  extern const char insn_##name[];
#define ADDRESS(label) ((uint64_t)(uintptr_t)(label))

extern const char returns_at_once[];

// What the thread expects its next signal to be, and what to do about it.
typedef struct {
  int signal;
  uint64_t pc, address;  // as the handler must see them; address 0: not checked
  int skip;              // bytes to step over, or
  int repair;            // the register to set
  uint64_t value;
  int seen, wrong;
} Expected;
static _Thread_local volatile Expected expected;

enum { kMaxSteps = 32 };
static _Thread_local struct {
  volatile int count;
  uint64_t pc[kMaxSteps];
} steps;

static void on_fault(int signal, siginfo_t* info, void* context) {
  greg_t* registers = ((ucontext_t*)context)->uc_mcontext.gregs;
  const uint64_t pc = (uint64_t)registers[REG_RIP];
  expected.seen = expected.seen + 1;
  if (signal != expected.signal || pc != expected.pc) expected.wrong = 1;
  if (expected.address != 0 && ADDRESS(info->si_addr) != expected.address) expected.wrong = 1;
  if (expected.repair >= 0) registers[expected.repair] = (greg_t)expected.value;
  registers[REG_RIP] = (greg_t)(pc + (uint64_t)expected.skip);
  if (expected.wrong && expected.seen > 8) _Exit(3);  // no way on
}

// A jump to nowhere: the fault is at the target, the return address is on the stack.
extern const char after_call_wild[];
static void on_wild_jump(void* context) {
  greg_t* registers = ((ucontext_t*)context)->uc_mcontext.gregs;
  const uint64_t* stack = (const uint64_t*)(uintptr_t)registers[REG_RSP];
  expected.seen = expected.seen + 1;
  if (stack[0] != ADDRESS(after_call_wild)) expected.wrong = 1;
  registers[REG_RIP] = (greg_t)stack[0];
  registers[REG_RSP] += 8;
}

static uint64_t wild_target(void) { return 0x10; }

static void on_segv(int signal, siginfo_t* info, void* context) {
  if ((uint64_t)((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP] == wild_target())
    on_wild_jump(context);
  else
    on_fault(signal, info, context);
}

static void on_trap(int signal, siginfo_t* info, void* context) {
  if (info->si_code != TRAP_TRACE) {
    on_fault(signal, info, context);
    return;
  }
  const uint64_t pc = (uint64_t)((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP];
  if (steps.count < kMaxSteps) steps.pc[steps.count] = pc;
  steps.count = steps.count + 1;
}

void install_fault_handlers(void) {
  const struct {
    int signal;
    void (*handler)(int, siginfo_t*, void*);
  } all[] = {{SIGILL, on_fault}, {SIGFPE, on_fault}, {SIGSEGV, on_segv}, {SIGTRAP, on_trap}};
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = all[i].handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(all[i].signal, &action, NULL);
  }
}

static void expect(int signal, uint64_t pc, uint64_t address) {
  memset((void*)&expected, 0, sizeof expected);
  expected.signal = signal;
  expected.pc = pc;
  expected.address = address;
  expected.repair = -1;
}

static int outcome(int right, int arrivals) {
  return right && expected.seen == 1 && !expected.wrong ? arrivals : kWrong;
}

// Stepped over by the handler: one arrival.
#define SKIPPED(name, signal, pc_offset, address, length)    \
  DECLARE(name)                                              \
  static int run_##name(const Case* self, uint64_t random) { \
    (void)self;                                              \
    expect(signal, ADDRESS(insn_##name) + (pc_offset), address); \
    expected.skip = (length);                                \
    return outcome(fn_##name(random, NULL) == random + 1, 1); \
  }
SKIPPED(ud2, SIGILL, 0, ADDRESS(insn_ud2), 2)
SKIPPED(hlt, SIGSEGV, 0, 0, 1)
SKIPPED(int3, SIGTRAP, 1, 0, 0)

// Repaired and made again: two arrivals.
DECLARE(div)
static int run_div(const Case* self, uint64_t random) {
  (void)self;
  expect(SIGFPE, ADDRESS(insn_div), ADDRESS(insn_div));
  expected.repair = REG_RSI;
  expected.value = 7;
  return outcome(fn_div(random, NULL) == random / 7, 2);
}

DECLARE(segv_load)
static int run_segv_load(const Case* self, uint64_t random) {
  (void)self;
  const uint64_t words[2] = {0, random};
  expect(SIGSEGV, ADDRESS(insn_segv_load), 0x1008);
  expected.repair = REG_RSI;
  expected.value = ADDRESS(words);
  return outcome(fn_segv_load(0, (void*)0x1000) == random, 2);
}

DECLARE(segv_rep)
static int run_segv_rep(const Case* self, uint64_t random) {
  (void)self;
  const char bytes[64] = {0};
  expect(SIGSEGV, ADDRESS(insn_segv_rep), 0x1000);
  expected.repair = REG_RSI;
  expected.value = ADDRESS(bytes);
  return outcome(fn_segv_rep(1 + random % 60, (void*)0x1000) == 0, 2);
}

DECLARE(segv_call)
static int run_segv_call(const Case* self, uint64_t random) {
  (void)self, (void)random;
  const uint64_t target_address = ADDRESS(returns_at_once);
  expect(SIGSEGV, ADDRESS(insn_segv_call), 0x1000);
  expected.repair = REG_RSI;
  expected.value = ADDRESS(&target_address);
  return outcome(fn_segv_call(0, (void*)0x1000) == 0, 2);
}

DECLARE(call_wild)
static int run_call_wild(const Case* self, uint64_t random) {
  (void)self;
  expect(SIGSEGV, 0, 0);
  return outcome(fn_call_wild(random, (void*)(uintptr_t)wild_target()) == random + 1, 1);
}

// The traps must come at the known places, in order, none twice. One may be lacking: some virtual
// machines lose a trap now and then (two instructions run as one step), without any tracer. They are
// counted, and only many are wrong.
enum { kSteps = 6 };
extern const int32_t step_offsets[kSteps];
uint64_t lost_steps;

static int place_of(uint64_t pc, Faulting* function) {
  for (int i = 0; i < kSteps; ++i)
    if (pc == (step_offsets[i] == 0 ? ADDRESS(returns_at_once)
                                    : ADDRESS(function) + (uint64_t)step_offsets[i]))
      return i;
  return -1;
}

static int steps_are_right(Faulting* function, uint64_t number) {
  steps.count = 0;
  if (function(number, NULL) != number + 1 || steps.count > kSteps) return kWrong;
  for (int i = 0, last = -1; i < steps.count; ++i) {
    const int place = place_of(steps.pc[i], function);
    if (place <= last) return kWrong;
    last = place;
  }
  __atomic_fetch_add(&lost_steps, (uint64_t)(kSteps - steps.count), __ATOMIC_RELAXED);
  return steps.count >= kSteps - 2 ? 1 : kWrong;
}

#define STEPPED(name)                                        \
  DECLARE(name)                                              \
  static int run_##name(const Case* self, uint64_t random) { \
    (void)self;                                              \
    return steps_are_right(fn_##name, random);                    \
  }
STEPPED(popf_tf)
STEPPED(stepped_lea)
STEPPED(stepped_call)
STEPPED(stepped_pushf)

#define FAULT(name) {#name, "", insn_##name##_arrivals, run_##name, NULL, NULL, 0}

Case* fault_cases(void) {
  static Case table[] = {FAULT(ud2),       FAULT(hlt),         FAULT(int3),         FAULT(div),
                         FAULT(segv_load), FAULT(segv_rep),    FAULT(segv_call),    FAULT(call_wild),
                         FAULT(popf_tf),   FAULT(stepped_lea), FAULT(stepped_call), FAULT(stepped_pushf),
                         {0}};
  return table;
}
