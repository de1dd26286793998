// sleeper [threads] [naps] [milliseconds]
// Exercises calls that take long: each thread sleeps so often by usleep(3), and calls it as often
// for no time at all in between. Prints: naps, calls, seconds, ok.
#include <pthread.h>
#include <unistd.h>

#include "tracee.h"

static long naps, milliseconds;
static uint64_t napped[ARRIVALS_WORDS], called[ARRIVALS_WORDS];

static void* work(void* argument) {
  const long me = (long)(intptr_t)argument;
  for (long i = 0; i < 2 * naps; ++i) {
    usleep(i % 2 ? (useconds_t)(milliseconds * 1000) : 0);
    *SLOT(napped, me) += (uint64_t)(i % 2);
    ++*SLOT(called, me);
  }
  return NULL;
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 4, 1, 64);
  naps = arg_long(argc, argv, 2, 3, 0, 100000);
  milliseconds = arg_long(argc, argv, 3, 20, 1, 900);
  const double began = now_s();
  pthread_t ids[64];
  for (long i = 0; i < threads; ++i)
    if (pthread_create(&ids[i], NULL, work, (void*)(intptr_t)i)) return 1;
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  printf("naps=%lu\n", (unsigned long)sum_words(napped, ARRIVALS_WORDS));
  printf("calls=%lu\n", (unsigned long)sum_words(called, ARRIVALS_WORDS));
  printf("seconds=%.6f\n", now_s() - began);
  return verdict(1);
}
