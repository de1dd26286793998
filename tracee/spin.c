// spin [threads] [calls-per-thread]
// Exercises: many threads in the same hot loop through one probed function. The same source is built
// as PIE, non-PIE, static, static-PIE, stripped with .dynsym, and with `target` in a shared library.
// Prints: arrivals=N seconds=S ok=1. Each call's result is checked: a skipped or doubled instruction
// shows as ok=0 and exit status 3.
#include <pthread.h>

#include "tracee.h"

uint64_t arrivals[ARRIVALS_WORDS];
static pthread_barrier_t start;
static long calls;
static uint64_t wrong[ARRIVALS_WORDS];

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  volatile uint64_t* count = SLOT(arrivals, me);
  pthread_barrier_wait(&start);
  for (long i = 0; i < calls; ++i) {
    const uint64_t x = ((uint64_t)me << 32) + (uint64_t)i;
    if (target(x) != x + 1) ++*SLOT(wrong, me);
    ++*count;
  }
  return NULL;
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 4, 1, kMaxThreads);
  calls = arg_long(argc, argv, 2, 20000, 0, 2000000000);
  pthread_t ids[kMaxThreads];
  pthread_barrier_init(&start, NULL, (unsigned)threads + 1);
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  const double began = now_s();  // nobody passes the barrier before us
  pthread_barrier_wait(&start);
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  const double seconds = now_s() - began;

  const uint64_t total = sum_words(arrivals, ARRIVALS_WORDS);
  printf("arrivals=%lu\nseconds=%.6f\n", (unsigned long)total, seconds);
  return verdict(total == (uint64_t)threads * (uint64_t)calls &&
                 sum_words(wrong, ARRIVALS_WORDS) == 0);
}
