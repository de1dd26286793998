// syscalls [threads] [calls-per-thread] [stops]
// Exercises: a probe on a system-call instruction (sys_site; and sys80_site for int 80h). Threads make
// getpid calls through it; then read and nanosleep through it are interrupted by handlers with and
// without SA_RESTART, left by siglongjmp, and (with stops > 0) by SIGSTOP and SIGCONT; fork goes
// through it too. Checks results, RCX, R11, and the PC that handlers see.
// Prints: arrivals=N (restarts not counted) int80_arrivals=N failed=N ok=1.
#include "syscalls.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void sys(SysCall* call);
void sys80(SysCall* call);
extern const char sys_next[];

uint64_t arrivals[ARRIVALS_WORDS];
uint64_t int80_arrivals;
static uint64_t failures;
static long calls;

enum { kTrapFlag = 0x100, kGetpid80 = 20 };

void failed(const char* what) {
  fprintf(stderr, "syscalls: %s\n", what);
  __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

static void check_registers(const SysCall* call) {
  if (call->rcx != (uint64_t)(uintptr_t)sys_next) failed("RCX is not the next instruction");
  if (call->r11 & kTrapFlag) failed("R11 shows a trap flag");
}

long call_sys(long thread, long number, long a, long b, long c, long d) {
  SysCall call = {number, {a, b, c, d}, 0, 0, 0};
  ++*SLOT(arrivals, thread);  // before: a handler may leave the call by siglongjmp
  sys(&call);
  check_registers(&call);
  return call.result;
}

static void* getpids(void* arg) {
  const long me = (long)(intptr_t)arg;
  const long pid = getpid();
  for (long i = 0; i < calls; ++i)
    if (call_sys(me, SYS_getpid, 0, 0, 0, 0) != pid) failed("getpid is wrong");
  return NULL;
}

// The child starts life at the instruction after the probed one, in its own copy of the memory.
static void fork_through_site(void) {
  SysCall call = {SYS_fork, {0, 0, 0, 0}, 0, 0, 0};
  ++*SLOT(arrivals, 0);
  sys(&call);
  if (call.result == 0) _exit(call.rcx == (uint64_t)(uintptr_t)sys_next ? 7 : 1);
  check_registers(&call);
  int status = 0;
  waitpid((pid_t)call.result, &status, 0);
  if (call.result < 0 || status != 7 << 8) failed("fork through the site: the child is unwell");
}

// A kernel may come without 32-bit calls; a child finds out, through an instruction of its own.
static int int80_works(void) {
  const pid_t child = fork();
  if (child == 0) {
    long result = kGetpid80;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    _exit(result == getpid() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status == 0;
}

static void int80_calls(void) {
  for (long i = 0; i < calls; ++i) {
    SysCall call = {kGetpid80, {0, 0, 0, 0}, 0, 0, 0};
    sys80(&call);
    ++int80_arrivals;
    if (call.result != getpid()) failed("getpid by int 80h is wrong");
  }
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 4, 1, kMaxThreads - 1);
  calls = arg_long(argc, argv, 2, 2000, 0, 100000000);
  const long stops = arg_long(argc, argv, 3, 0, 0, 10000);
  pthread_t ids[kMaxThreads];
  const int have_int80 = int80_works();
  for (long i = 0; i < threads; ++i)
    pthread_create(&ids[i], NULL, getpids, (void*)(intptr_t)(i + 1));
  for (long i = 0; i < 10; ++i) fork_through_site();
  blocking_calls(0);
  stopped_calls(0, stops);
  if (have_int80) int80_calls();
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);

  printf("arrivals=%lu\nint80_arrivals=%lu\nfailed=%lu\n", sum_words(arrivals, ARRIVALS_WORDS),
         int80_arrivals, failures);
  return verdict(failures == 0);
}
