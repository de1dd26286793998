// The parts of insns: main.c runs and counts, straight.* hold instructions that run on to the next
// one, flow.* those that branch, faults.* those that raise signals.
#ifndef SIDESTEP_INSNS_H
#define SIDESTEP_INSNS_H

#include "../tracee.h"

enum { kMaxInsnThreads = 64, kWrong = -1 };

// One instruction under test. `run` is called with pseudo-random numbers and returns the number of
// arrivals at the label insn_NAME, or kWrong.
typedef struct Case {
  const char* name;
  const char* feature;          // of the CPU, or ""
  volatile uint64_t* arrivals;  // insn_NAME_arrivals, a slot a thread
  int (*run)(const struct Case* self, uint64_t random);
  void (*probed)(void);  // for the generic runs: the function around the label, and its twin
  void (*twin)(void);
  int locked;
} Case;

#define ARRIVALS(name) uint64_t insn_##name##_arrivals[kMaxInsnThreads * kWordsPerSlot]

// Tables of cases, each ended by a null name.
Case* straight_cases(void);
Case* flow_cases(void);
Case* fault_cases(void);

void install_fault_handlers(void);
extern uint64_t lost_steps;  // single-step traps of the program's own that never came

#endif
