// The parts of syscalls: syscalls.c counts and reports, syscalls_blocking.c interrupts calls that
// block.
#ifndef SIDESTEP_SYSCALLS_H
#define SIDESTEP_SYSCALLS_H

#include "tracee.h"

typedef struct {
  long number, args[4];
  long result;
  uint64_t rcx, r11;  // as the instruction left them
} SysCall;

extern uint64_t arrivals[ARRIVALS_WORDS];

// One system call through sys_site, counted once however often the kernel restarts it. Checks RCX
// (the next instruction's address) and R11 (the flags, in which a tracer's TF must not show).
long call_sys(long thread, long number, long a, long b, long c, long d);

void failed(const char* what);  // counts a check that did not hold

void blocking_calls(long thread);    // read and nanosleep, interrupted in every way
void stopped_calls(long thread, long stops);  // nanosleep and read under SIGSTOP and SIGCONT

#endif
