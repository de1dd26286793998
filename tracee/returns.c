// returns SCENARIO [threads] [rounds]
// Exercises calls of `called` (and `other`) that come back in every way a call can, or never do:
//   deep        10,000 nested calls, a round
//   tail        called() ends in a jump to other(), which returns for both
//   ping        called() and other() jump to one another 1,000 times, before one returns for all
//   jump        called() is left by longjmp, and called again from the same place
//   pointer     the same through a pointer: the call does not tell what it calls
//   exits       threads that end inside called()
//   stacks      calls on several stacks of one thread (swapcontext), begun and ended out of order
//   handler     a signal handler on a stack of its own calls called() inside called()
//   twice       setjmp in the caller: the place that called() returns to is come to again by longjmp
// Prints: arrivals (calls of called), entries (of other), returned (calls of called that came back),
// others (of other that did), seconds, ok.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "tracee.h"

#define NOINLINE __attribute__((noipa, noinline))

static uint64_t arrivals[ARRIVALS_WORDS], entries[ARRIVALS_WORDS];
static uint64_t returned[ARRIVALS_WORDS], others[ARRIVALS_WORDS];
static __thread long me;
static long threads, rounds;
static uint64_t wrong[ARRIVALS_WORDS];

static void count(uint64_t* counters) { ++*SLOT(counters, me); }
static void expect(int held) { *SLOT(wrong, me) += held ? 0 : 1; }

// What a call does: told by its first argument.
enum what { DEEP, TAIL, PING, JUMP, LEAVE, SWITCH, RAISE, PLAIN };

NOINLINE long other(enum what what, long n);
NOINLINE long called(enum what what, long n);

static __thread jmp_buf out;

// Not a tail call: the result is changed.
static NOINLINE long nested(long n) { return called(DEEP, n - 1) + 1; }

static __thread ucontext_t main_context, contexts[4];
static __thread volatile sig_atomic_t handled;

NOINLINE long called(enum what what, long n) {
  count(arrivals);
  switch (what) {
    case DEEP:
      return n ? nested(n) : 0;
    case TAIL:
      return other(TAIL, n + 1);
    case PING:
      return other(PING, n - 1);
    case JUMP:
      longjmp(out, 1);
    case LEAVE:
      pthread_exit(NULL);
    case SWITCH:
      swapcontext(&contexts[n], &main_context);
      return n * 3;
    case RAISE:
      if (n) pthread_kill(pthread_self(), SIGUSR1);
      return n;
    case PLAIN:
      break;
  }
  return n + 7;
}

NOINLINE long other(enum what what, long n) {
  count(entries);
  if (what == PING && n > 0) return called(PING, n - 1);
  return n * 2;
}

static void on_signal(int signo) {
  (void)signo;
  expect(called(PLAIN, 1) == 8);
  count(returned);
  handled = 1;
}

static void on_own_stack(int n) {
  expect(called(SWITCH, n) == n * 3);
  count(returned);
}

static void deep(void) {
  enum { depth = 10000 };
  expect(called(DEEP, depth) == depth);
  *SLOT(returned, me) += depth + 1;
}

static void tail(void) {
  expect(called(TAIL, 4) == 10);
  count(returned);
  count(others);
}

static void ping(void) {
  enum { jumps = 1000 };
  expect(called(PING, jumps - 1) == 0);
}

static void jump(void) {
  for (volatile int i = 0; i < 10; ++i)
    if (setjmp(out) == 0) {
      called(JUMP, i);
      count(returned);
    }
  expect(called(PLAIN, 2) == 9);
  count(returned);
}

static long (*volatile by_pointer)(enum what what, long n) = called;

static void pointer(void) {
  for (volatile int i = 0; i < 10; ++i)
    if (setjmp(out) == 0) {
      by_pointer(i == 9 ? PLAIN : JUMP, i);
      count(returned);  // what is behind the call is not where the loop goes on
    }
}

static void stacks(void) {
  enum { count_of_stacks = 4, bytes = 1 << 16 };
  static __thread char* memory[count_of_stacks];
  for (int i = 0; i < count_of_stacks; ++i) {
    if (!memory[i]) memory[i] = malloc(bytes);
    getcontext(&contexts[i]);
    contexts[i].uc_stack.ss_sp = memory[i];
    contexts[i].uc_stack.ss_size = bytes;
    contexts[i].uc_link = &main_context;
    makecontext(&contexts[i], (void (*)(void))on_own_stack, 1, i);
    swapcontext(&main_context, &contexts[i]);  // until it is inside called()
  }
  static const int order[count_of_stacks] = {2, 0, 3, 1};
  for (int i = 0; i < count_of_stacks; ++i) swapcontext(&main_context, &contexts[order[i]]);
}

static void handler(void) {
  handled = 0;
  expect(called(RAISE, 1) == 1);
  count(returned);
  expect(handled == 1);
}

static void twice(void) {
  volatile int again = 0;
  setjmp(out);
  expect(called(PLAIN, again) == again + 7);
  count(returned);
  if (++again < 5) longjmp(out, 1);
}

static void* leave(void* thread) {
  me = (long)thread;
  called(LEAVE, 0);
  return NULL;
}

static void exits(void) {
  pthread_t one;
  pthread_create(&one, NULL, leave, (void*)me);
  pthread_join(one, NULL);
  expect(called(PLAIN, 2) == 9);
  count(returned);
}

static const struct scenario {
  const char* name;
  void (*run)(void);
} scenarios[] = {{"deep", deep},   {"tail", tail},     {"ping", ping},       {"jump", jump},
                 {"exits", exits}, {"pointer", pointer}, {"stacks", stacks}, {"handler", handler}, {"twice", twice}};
static const struct scenario* chosen;

static void* work(void* thread) {
  me = (long)thread;
  char* const memory = malloc(1 << 16);
  const stack_t own = {.ss_sp = memory, .ss_size = 1 << 16};
  sigaltstack(&own, NULL);
  for (long i = 0; i < rounds; ++i) chosen->run();
  return NULL;
}

int main(int argc, char** argv) {
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; ++i)
    if (argc > 1 && strcmp(argv[1], scenarios[i].name) == 0) chosen = &scenarios[i];
  if (!chosen) {
    fprintf(stderr, "usage: returns SCENARIO [threads] [rounds]\n");
    return 2;
  }
  threads = arg_long(argc, argv, 2, 1, 1, kMaxThreads - 1);
  rounds = arg_long(argc, argv, 3, 1, 1, 1000000);
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  const double begin = now_s();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 8 << 20);
  pthread_t ids[kMaxThreads];
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], &attributes, work, (void*)i);
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  printf("arrivals=%lu\nentries=%lu\nreturned=%lu\nothers=%lu\nseconds=%.6f\n",
         (unsigned long)sum_words(arrivals, ARRIVALS_WORDS),
         (unsigned long)sum_words(entries, ARRIVALS_WORDS),
         (unsigned long)sum_words(returned, ARRIVALS_WORDS),
         (unsigned long)sum_words(others, ARRIVALS_WORDS), now_s() - begin);
  return verdict(sum_words(wrong, ARRIVALS_WORDS) == 0);
}
