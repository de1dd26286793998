// traps [threads] [rounds]      rounds 0: until the end of standard input
// Exercises: a program with uses of its own for SIGTRAP. The process gets it from another one (kill), so
// that a hot thread at `target` takes it; a thread that is not hot gets it from a sibling (tgkill, and
// pthread_sigqueue with a value); another one waits for it in sigtimedwait; and one makes it by int3s
// of its own among its calls of `target`. The next one is sent when the last one was handled, so that
// the kernel has none to merge, and all are known. (It would merge one that is sent to a very thread
// with that of an int3 there, the tracer's or the thread's own.)
// Prints: pid=N ready=1, arrivals=N sent=N handled=N handled_hot=N own=N waited=N bad_code=N bad_pc=N
// ok=1.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own_code.h"
#include "tracee.h"

enum { kMaxHot = 16, kOwnEvery = 64 };

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t by_thread, by_process, by_hot, sent_to_thread, sent_to_waiter, own_made, own_seen, waited, sent;
static uint64_t bad_code, bad_pc, wrong;
static volatile int stop;
static __thread long me = kMaxHot + 1;
static __thread volatile int making;

#define BUMP(counter) __atomic_fetch_add(&(counter), 1, __ATOMIC_RELEASE)
#define READ(counter) __atomic_load_n(&(counter), __ATOMIC_ACQUIRE)

static void on_trap(int signal, siginfo_t* info, void* context) {
  (void)signal;
  const uintptr_t pc = context_pc(context), site = (uintptr_t)&target;
  if (!in_own_code(pc) || (pc > site && pc < site + 4)) BUMP(bad_pc);
  if (info->si_code == SI_TKILL) {
    BUMP(by_thread);
  } else if (info->si_code == SI_QUEUE) {
    if ((uint64_t)info->si_value.sival_int != by_thread) BUMP(bad_code);
    BUMP(by_thread);
  } else if (info->si_code == SI_USER) {
    if (me <= kMaxHot) BUMP(by_hot);
    BUMP(by_process);
  } else if (info->si_code == SI_KERNEL && making) {
    making = 0;
    BUMP(own_seen);
  } else {
    BUMP(bad_code);
  }
}

static void arrive(uint64_t i) {
  if (target(i) != i + 1) BUMP(wrong);
  ++*SLOT(arrivals, me);
}

static void* hot(void* arg) {
  me = (long)(intptr_t)arg;
  for (uint64_t i = 0; !stop; ++i) arrive(i);
  return NULL;
}

static void* make_own(void* arg) {
  me = kMaxHot;
  for (uint64_t i = 0; !stop; ++i) {
    for (uint64_t n = 0; n < kOwnEvery; ++n) arrive(n);
    making = 1;
    __asm__ volatile("int3" ::: "memory");
    ++own_made;
    if (making) BUMP(wrong);  // swallowed
    making = 0;
  }
  return arg;
}

static void set_mask(int how) {
  sigset_t trap;
  sigemptyset(&trap);
  sigaddset(&trap, SIGTRAP);
  pthread_sigmask(how, &trap, NULL);
}

// Lets the signal in only when one is sent to it, so as to leave the process's to hot threads.
static void* stay_calm(void* arg) {
  while (!stop) {
    if (READ(by_thread) < READ(sent_to_thread)) {
      set_mask(SIG_UNBLOCK);
      while (READ(by_thread) < READ(sent_to_thread)) usleep(200);
      set_mask(SIG_BLOCK);
    }
    usleep(200);
  }
  return arg;
}

// Never comes near a breakpoint, so its mask stays as it is.
static void* wait_for_traps(void* arg) {
  sigset_t trap;
  sigemptyset(&trap);
  sigaddset(&trap, SIGTRAP);
  for (long i = 0;;) {
    while (READ(sent_to_waiter) <= (uint64_t)i) usleep(200);
    siginfo_t info;
    const struct timespec patience = {50, 0};
    const int got = sigtimedwait(&trap, &info, &patience);
    if (got != SIGTRAP) BUMP(wrong);
    if (stop) return arg;  // the last one says so
    if (info.si_code != SI_QUEUE || info.si_value.sival_int != (int)i++) BUMP(bad_code);
    BUMP(waited);
  }
  return NULL;
}

static void await(const volatile uint64_t* counter, uint64_t wanted) {
  while (READ(*counter) < wanted) sched_yield();
}

static void send_to_thread(pthread_t calm) {
  const uint64_t before = READ(by_thread);
  const union sigval value = {.sival_int = (int)before};
  BUMP(sent_to_thread);
  if (before % 2 == 0)
    pthread_kill(calm, SIGTRAP);
  else
    pthread_sigqueue(calm, SIGTRAP, value);
  await(&by_thread, before + 1);
}

// A byte on the pipe asks for one. The process gets it, and with it one of its hot threads.
static int be_the_other_process(int requests) {
  char byte;
  while (read(requests, &byte, 1) == 1) kill(getppid(), SIGTRAP);
  return 0;
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 2, 1, kMaxHot);
  const long rounds = arg_long(argc, argv, 2, 100, 0, 1000000);
  int requests[2];
  if (pipe(requests) != 0) return 4;
  const pid_t other = fork();
  if (other == 0) {
    close(requests[1]);
    _exit(be_the_other_process(requests[0]));
  }
  find_own_code();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction(SIGTRAP, &action, NULL);
  pthread_t ids[kMaxHot], waiter, maker, calm;
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  pthread_create(&maker, NULL, make_own, NULL);
  for (long i = 0; i < threads; ++i) await(SLOT(arrivals, i), 1);  // it knows who it is
  set_mask(SIG_BLOCK);
  pthread_create(&calm, NULL, stay_calm, NULL);
  pthread_create(&waiter, NULL, wait_for_traps, NULL);
  printf("pid=%d\nready=1\n", getpid());
  fflush(stdout);
  for (long round = 0; another_round(round, rounds); ++round) {
    send_to_thread(calm);
    if (write(requests[1], "x", 1) != 1) BUMP(wrong);
    await(&by_process, (uint64_t)round + 1);
    const union sigval value = {.sival_int = (int)round};
    BUMP(sent_to_waiter);
    pthread_sigqueue(waiter, SIGTRAP, value);
    await(&waited, (uint64_t)round + 1);
    sent += 3;
  }
  stop = 1;
  BUMP(sent_to_waiter);
  pthread_kill(waiter, SIGTRAP);
  pthread_join(waiter, NULL);
  pthread_join(maker, NULL);
  pthread_join(calm, NULL);
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  const uint64_t handled = by_process + by_thread + waited;
  close(requests[1]);
  waitpid(other, NULL, 0);
  printf("arrivals=%lu\nsent=%lu\nhandled=%lu\nhandled_hot=%lu\nown=%lu\nwaited=%lu\n",
         sum_words(arrivals, ARRIVALS_WORDS), sent, handled, by_hot, own_seen, waited);
  printf("bad_code=%lu\nbad_pc=%lu\n", bad_code, bad_pc);
  return verdict(handled == sent && own_made == own_seen && bad_code + bad_pc + wrong == 0);
}
