// handlers [threads] [rounds]      rounds 0: until the end of standard input
// Exercises: what a handler may do, coming upon a thread that arrives at `target` all the time, and
// calling it itself: run on an alternate stack (with everything else blocked meanwhile), be nested in
// itself (SA_NODEFER), be there once only (SA_RESETHAND), leave by siglongjmp out of `target`. Each
// thread gets each signal once a round and the next when the last one has been handled, so that the
// number of handlers that ran is known.
// Prints: arrivals=N handled=N nested=N jumps=N bad_stack=N bad_mask=N bad_depth=N bad_pc=N ok=1.
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "own_code.h"
#include "tracee.h"

enum { kNested = SIGUSR1, kOnStack = SIGUSR2, kOnce = SIGHUP, kJump = SIGURG, kMasked = SIGWINCH };
enum { kKinds = 4, kMaxHot = 16, kDepth = 4, kStack = 64 * 1024, kTargetLength = 8 };
static const int kinds[kKinds] = {kNested, kOnStack, kOnce, kJump};

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t handled[kMaxHot][kKinds];
static uint64_t nested, masked, jumps, bad_stack, bad_mask, bad_depth, bad_pc, wrong;
static volatile int stop;

static __thread long me;
static __thread char* stack;
static __thread volatile int depth, deepest, in_masking;
static __thread sigjmp_buf way_back;
static __thread volatile int jumpable;
static __thread sigset_t own_mask;

#define BUMP(counter) __atomic_fetch_add(&(counter), 1, __ATOMIC_RELAXED)

static void arrive(uint64_t x) {
  if (target(x) != x + 1) BUMP(wrong);
  BUMP(*SLOT(arrivals, me));  // at one go: a handler counts here too
}

static void check_pc(const void* context) {
  const uintptr_t pc = context_pc(context), site = (uintptr_t)&target;
  if (!in_own_code(pc) || (pc > site && pc < site + 4)) BUMP(bad_pc);
}

static void was_handled(int kind) { __atomic_fetch_add(&handled[me][kind], 1, __ATOMIC_RELEASE); }

static void handle(int signal, void (*handler)(int, siginfo_t*, void*), int flags, int mask_all);

static void on_nested(int signal, siginfo_t* info, void* context) {
  (void)info;
  check_pc(context);
  BUMP(nested);
  if (++depth > deepest) deepest = depth;
  arrive(1);
  if (depth < kDepth) pthread_kill(pthread_self(), signal);
  arrive(2);
  if (--depth > 0) return;
  if (deepest != kDepth) BUMP(bad_depth);
  deepest = 0;
  was_handled(0);
}

static void on_masked(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info;
  check_pc(context);
  BUMP(masked);
  if (in_masking) BUMP(bad_mask);
}

// On the alternate stack, and nothing comes between, although something is pending.
static void on_stack(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info;
  char here;
  check_pc(context);
  if (&here < stack || &here >= stack + kStack) BUMP(bad_stack);
  in_masking = 1;
  pthread_kill(pthread_self(), kMasked);
  for (uint64_t i = 0; i < 4; ++i) arrive(i);
  in_masking = 0;
  was_handled(1);
}

static void on_once(int signal, siginfo_t* info, void* context) {
  (void)info;
  check_pc(context);
  struct sigaction now;
  sigaction(signal, NULL, &now);
  if (now.sa_handler != SIG_DFL) BUMP(bad_mask);
  arrive(5);
  handle(kOnce, on_once, SA_RESETHAND, 1);
  was_handled(2);
}

// Inside `target`, behind its first instruction: this arrival will not come to count itself.
static void on_jump(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info;
  check_pc(context);
  was_handled(3);
  const uintptr_t into = context_pc(context) - (uintptr_t)&target;
  if (!jumpable || into == 0 || into >= kTargetLength) return;
  BUMP(*SLOT(arrivals, me));  // at one go: a handler counts here too
  BUMP(jumps);
  siglongjmp(way_back, 1);
}

static void handle(int signal, void (*handler)(int, siginfo_t*, void*), int flags, int mask_all) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  if (mask_all) sigfillset(&action.sa_mask);
  sigdelset(&action.sa_mask, SIGTRAP);  // blocked, it would change what a breakpoint does
  if (signal == kNested) sigaddset(&action.sa_mask, kJump);  // it must not jump out of this one
  sigaction(signal, &action, NULL);
}

static void check_mask(void) {
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, NULL, &now);
  if (memcmp(&now, &own_mask, 8) != 0) BUMP(bad_mask);
}

static void* hot(void* arg) {
  me = (long)(intptr_t)arg;
  stack = mmap(NULL, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const stack_t alternate = {.ss_sp = stack, .ss_size = kStack};
  sigaltstack(&alternate, NULL);
  sigset_t mine;
  sigemptyset(&mine);
  for (int i = 0; i < kKinds; ++i) sigaddset(&mine, kinds[i]);
  sigaddset(&mine, kMasked);
  pthread_sigmask(SIG_SETMASK, NULL, &own_mask);
  for (int i = 0; i < kKinds; ++i) sigdelset(&own_mask, kinds[i]);
  sigdelset(&own_mask, kMasked);
  sigsetjmp(way_back, 1);
  pthread_sigmask(SIG_UNBLOCK, &mine, NULL);
  jumpable = 1;
  for (uint64_t i = 0; !stop; ++i) {
    arrive(i);
    if (i % 256 == 0) check_mask();
  }
  jumpable = 0;
  return NULL;
}

static long send_rounds(const pthread_t* ids, long threads, long rounds) {
  long round = 0;
  for (; another_round(round, rounds); ++round)
    for (int kind = 0; kind < kKinds; ++kind) {
      for (long i = 0; i < threads; ++i) pthread_kill(ids[i], kinds[(kind + i) % kKinds]);
      for (long i = 0; i < threads; ++i)
        while (__atomic_load_n(&handled[i][(kind + i) % kKinds], __ATOMIC_ACQUIRE) <= (uint64_t)round)
          sched_yield();
    }
  return round;
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 2, 1, kMaxHot);
  const long rounds = arg_long(argc, argv, 2, 300, 0, 1000000);
  find_own_code();
  handle(kNested, on_nested, SA_NODEFER, 0);
  handle(kOnStack, on_stack, SA_ONSTACK, 1);
  handle(kOnce, on_once, SA_RESETHAND, 1);
  handle(kJump, on_jump, 0, 1);
  handle(kMasked, on_masked, 0, 0);
  sigset_t theirs;  // main only sends; a hot thread lets them in when it is ready
  sigemptyset(&theirs);
  for (int i = 0; i < kKinds; ++i) sigaddset(&theirs, kinds[i]);
  sigaddset(&theirs, kMasked);
  pthread_sigmask(SIG_BLOCK, &theirs, NULL);
  printf("pid=%d\nready=1\n", getpid());
  fflush(stdout);
  pthread_t ids[kMaxHot];
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  const long done = send_rounds(ids, threads, rounds);
  stop = 1;
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);

  const uint64_t each = (uint64_t)threads * (uint64_t)done;
  uint64_t all = 0;
  for (long i = 0; i < threads; ++i)
    for (int kind = 0; kind < kKinds; ++kind) all += handled[i][kind];
  printf("arrivals=%lu\nhandled=%lu\nnested=%lu\njumps=%lu\n", sum_words(arrivals, ARRIVALS_WORDS),
         all, nested, jumps);
  printf("bad_stack=%lu\nbad_mask=%lu\nbad_depth=%lu\nbad_pc=%lu\n", bad_stack, bad_mask, bad_depth,
         bad_pc);
  return verdict(all == kKinds * each && nested == kDepth * each && masked == each &&
                 bad_stack + bad_mask + bad_depth + bad_pc + wrong == 0);
}
