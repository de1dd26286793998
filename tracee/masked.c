// masked [threads] [calls] [own-traps]
// Exercises: a program with a SIGTRAP handler of its own, whose threads block every signal, as
// worker threads often do. The kernel takes both the block and the handler away at a forced
// SIGTRAP; a tracer has to put them back. Each thread calls `target` and looks after each call
// whether SIGTRAP is still blocked. When they are done the main thread, which blocks nothing, calls
// it too and raises SIGTRAP; each of these must reach the handler. Prints: arrivals=N own_traps=N
// caught=N unmasked=N kept=1 ok=1.
#include <pthread.h>
#include <signal.h>

#include "tracee.h"

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t wrong, unmasked;
static volatile sig_atomic_t caught;
static long calls;

static void on_trap(int signal) {
  (void)signal;
  ++caught;
}

static void call(long me, uint64_t i) {
  ++*SLOT(arrivals, me);
  if (target(i) != i + 1) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

static void* worker(void* arg) {
  const long me = (long)(intptr_t)arg;
  sigset_t all, now;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  for (long i = 0; i < calls; ++i) {
    call(me, (uint64_t)i);
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    if (!sigismember(&now, SIGTRAP)) __atomic_fetch_add(&unmasked, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 4, 1, 64);
  calls = arg_long(argc, argv, 2, 1000, 1, 100000000);
  const long own = arg_long(argc, argv, 3, 20, 0, 100000);
  struct sigaction action = {.sa_handler = on_trap, .sa_flags = SA_RESTART};
  sigaction(SIGTRAP, &action, NULL);
  call(0, 0);  // the first arrival is by a thread that blocks nothing
  pthread_t ids[64];
  for (long i = 0; i < threads; ++i)
    pthread_create(&ids[i], NULL, worker, (void*)(intptr_t)(i + 1));
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  for (long i = 0; i < own; ++i) {
    raise(SIGTRAP);
    call(0, (uint64_t)i);
  }
  struct sigaction now;
  sigaction(SIGTRAP, NULL, &now);
  const int kept = now.sa_handler == on_trap && now.sa_flags & SA_RESTART;
  printf("arrivals=%lu\nown_traps=%ld\ncaught=%d\nunmasked=%lu\nkept=%d\n",
         (unsigned long)sum_words(arrivals, ARRIVALS_WORDS), own, (int)caught,
         (unsigned long)unmasked, kept);
  return verdict(wrong == 0 && unmasked == 0 && caught == own && kept);
}
