// Calls that block, made through the probed instruction on one thread, and interrupted from another.
// The interrupter waits until the kernel says that the thread sleeps (no delays as synchronisation).
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "syscalls.h"

extern const char sys_site[], sys_next[];

enum { kRestart = SIGUSR1, kInterrupt = SIGUSR2, kJump = SIGURG, kTimes = 20 };

static int pipe_ends[2];
static pid_t blocked_tid;
static pthread_t blocked_id;
static volatile uint64_t handled;
static volatile uintptr_t handler_pc;
static sigjmp_buf way_out;
static volatile int ready;  // set just before the call that will block

static void on_signal(int signal, siginfo_t* info, void* context) {
  (void)info;
  handler_pc = (uintptr_t)((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP];
  __atomic_fetch_add(&handled, 1, __ATOMIC_RELEASE);
  if (signal == kJump) siglongjmp(way_out, 1);
}

static void install(int signal, int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | flags;
  sigaction(signal, &action, NULL);
}

// The state letter of /proc/PID/task/TID/stat: 'S' asleep, 'T' stopped, 't' stopped under a tracer.
static char state_of(pid_t process, pid_t thread) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/%d/task/%d/stat", process, thread);
  FILE* file = fopen(path, "r");
  const size_t got = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
  if (file != NULL) fclose(file);
  text[got] = '\0';
  const char* after_name = strrchr(text, ')');
  return after_name == NULL ? '?' : after_name[2];
}

static void wait_until_blocked(void) {
  while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) sched_yield();
  while (state_of(getpid(), blocked_tid) != 'S') sched_yield();
}

static void signal_blocked(int signal) {
  const uint64_t before = __atomic_load_n(&handled, __ATOMIC_ACQUIRE);
  wait_until_blocked();
  pthread_kill(blocked_id, signal);
  while (__atomic_load_n(&handled, __ATOMIC_ACQUIRE) == before) sched_yield();
}

typedef struct {
  int signal, times, then_write;
} Interruptions;

static void* interrupt(void* arg) {
  const Interruptions* plan = arg;
  for (int i = 0; i < plan->times; ++i) signal_blocked(plan->signal);
  if (!plan->then_write) return NULL;
  wait_until_blocked();
  if (write(pipe_ends[1], "x", 1) != 1) failed("write");
  return NULL;
}

// One blocking call on this thread while another carries out the plan.
static long interrupted(Interruptions plan, long thread, long number, long a, long b, long c) {
  pthread_t id;
  ready = 0;
  pthread_create(&id, NULL, interrupt, &plan);
  __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
  const long result = call_sys(thread, number, a, b, c, 0);
  ready = 0;
  pthread_join(id, NULL);
  return result;
}

static void expect_pc(const char* what, const char* pc) {
  if (handler_pc != (uintptr_t)pc) failed(what);
}

static void interrupted_reads(long thread) {
  char byte = 0;
  const long fd = pipe_ends[0], at = (long)&byte;
  const Interruptions restarts = {kRestart, kTimes, 1}, interrupts = {kInterrupt, 1, 0};
  if (interrupted(restarts, thread, SYS_read, fd, at, 1) != 1) failed("a restarted read");
  expect_pc("PC in a handler before a restart", sys_site);
  for (int i = 0; i < kTimes; ++i) {
    if (interrupted(interrupts, thread, SYS_read, fd, at, 1) != -EINTR) failed("read: no EINTR");
    expect_pc("PC in a handler after EINTR", sys_next);
  }
}

static void interrupted_sleeps(long thread) {
  struct timespec wanted = {600, 0}, left = {0, 0};
  const Interruptions restart = {kRestart, 1, 0}, interrupts = {kInterrupt, 1, 0};
  const long at = (long)&wanted, rest = (long)&left;
  if (interrupted(restart, thread, SYS_nanosleep, at, rest, 0) != -EINTR) failed("nanosleep, SA_RESTART");
  expect_pc("PC in a handler during nanosleep", sys_next);
  if (left.tv_sec < 500) failed("nanosleep: the time left is wrong");
  if (interrupted(interrupts, thread, SYS_nanosleep, at, rest, 0) != -EINTR) failed("nanosleep");
  wanted = (struct timespec){0, 1000000};
  if (call_sys(thread, SYS_nanosleep, at, rest, 0, 0) != 0) failed("nanosleep undisturbed");
}

// Left by siglongjmp and made again: two arrivals, though it looks like a restart.
static void abandoned_reads(long thread) {
  char byte = 0;
  for (volatile int i = 0; i < kTimes; ++i) {
    const Interruptions jump = {kJump, 1, 0}, restart = {kRestart, 1, 1};
    static pthread_t id;
    static Interruptions plan;
    plan = jump;
    ready = 0;
    if (sigsetjmp(way_out, 1) == 0) {
      pthread_create(&id, NULL, interrupt, &plan);
      __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
      call_sys(thread, SYS_read, pipe_ends[0], (long)&byte, 1, 0);
      failed("siglongjmp did not happen");
    }
    ready = 0;
    pthread_join(id, NULL);
    if (interrupted(restart, thread, SYS_read, pipe_ends[0], (long)&byte, 1) != 1)
      failed("a read after siglongjmp");
  }
}

void blocking_calls(long thread) {
  install(kRestart, SA_RESTART);
  install(kInterrupt, 0);
  install(kJump, SA_RESTART);
  if (pipe(pipe_ends) != 0) failed("pipe");
  blocked_id = pthread_self();
  blocked_tid = (pid_t)syscall(SYS_gettid);
  interrupted_reads(thread);
  interrupted_sleeps(thread);
  abandoned_reads(thread);
}

// A child stops and continues its parent; the sleeping call is restarted by the kernel
// (restart_syscall), with no handler in between.
void stopped_calls(long thread, long stops) {
  for (long i = 0; i < stops; ++i) {
    const pid_t parent = getpid(), tid = blocked_tid, child = fork();
    if (child == 0) {
      while (state_of(parent, tid) != 'S') sched_yield();
      kill(parent, SIGSTOP);
      char state;
      while ((state = state_of(parent, tid)) != 'T' && state != 't') sched_yield();
      kill(parent, SIGCONT);
      _exit(0);
    }
    struct timespec wanted = {0, 200000000}, left;
    const double began = now_s();
    if (call_sys(thread, SYS_nanosleep, (long)&wanted, (long)&left, 0, 0) != 0)
      failed("nanosleep under SIGSTOP and SIGCONT");
    if (now_s() - began < 0.199) failed("nanosleep ended early");
    waitpid(child, NULL, 0);
  }
}
