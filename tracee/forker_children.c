// The children of forker, one function a way of making them. A vfork child runs on its parent's stack
// and memory: it only calls target, counts in a global, and leaves.
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forker.h"

extern char** environ;

static int status_of(pid_t child) {
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

int child_of_fork(long calls) {
  const pid_t child = fork();
  if (child == 0) {
    uint64_t own = 0;
    _exit(call_target(calls, &own) && own == (uint64_t)calls ? kGoodChild : 1);
  }
  return status_of(child);
}

int child_of_vfork(long calls) {
  const pid_t child = vfork();
  if (child == 0) _exit(call_target(calls, &vfork_arrivals) ? kGoodChild : 1);
  return status_of(child);
}

int image_of_vfork(const char* program, long calls) {
  char number[24];
  snprintf(number, sizeof number, "%ld", calls);
  char* argv[] = {(char*)"forker", (char*)"--spawned", number, NULL};
  const pid_t child = vfork();
  if (child == 0) {
    execve(program, argv, environ);
    _exit(127);
  }
  return status_of(child);
}

int image_of_spawn(const char* program, long calls) {
  char number[24];
  snprintf(number, sizeof number, "%ld", calls);
  char* argv[] = {(char*)"forker", (char*)"--spawned", number, NULL};
  pid_t child;
  if (posix_spawn(&child, program, NULL, NULL, argv, environ) != 0) return -1;
  return status_of(child);
}

int shell_child(void) { return system("exit 5"); }

static int clone_body(void* calls) {
  return call_target((long)(intptr_t)calls, &clone_vm_arrivals) ? kGoodChild : 1;
}

// A process of its own with our memory, which PTRACE_EVENT_FORK reports like any fork.
int child_of_clone_vm(long calls, int vfork_too) {
  enum { kStack = 64 * 1024 };
  char* stack = mmap(NULL, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED) return -1;
  const int flags = CLONE_VM | SIGCHLD | (vfork_too ? CLONE_VFORK : 0);
  const int status =
      status_of(clone(clone_body, stack + kStack, flags, (void*)(intptr_t)calls));
  munmap(stack, kStack);
  return status;
}
