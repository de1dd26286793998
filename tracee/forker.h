// The parts of forker: forker.c decides and counts, forker_children.c makes children, forker_exec.c
// replaces the program by itself.
#ifndef SIDESTEP_FORKER_H
#define SIDESTEP_FORKER_H

#include "tracee.h"

enum { kGoodChild = 7, kShellStatus = 5 };

extern uint64_t arrivals[ARRIVALS_WORDS];
extern uint64_t vfork_arrivals, clone_vm_arrivals;  // written by children that share our memory

// Calls target so many times, counting each; false when a result was wrong.
int call_target(long times, volatile uint64_t* count);

// Each returns the child's wait status.
int child_of_fork(long calls);
int child_of_vfork(long calls);
int image_of_vfork(const char* program, long calls);
int image_of_spawn(const char* program, long calls);
int shell_child(void);
int child_of_clone_vm(long calls, int vfork_too);

int exec_chain(int argc, char** argv);  // the program `forker --exec[-thread]`

#endif
