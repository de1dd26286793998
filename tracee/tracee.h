// What the tracees share: the probed function, how arrivals are counted, how the truth is printed.
// Header-only, so that every tracee stays one program with flags of its own.
#ifndef SIDESTEP_TRACEE_H
#define SIDESTEP_TRACEE_H

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t target(uint64_t x);  // x + 1

// One counter a thread, a cache line apart, so that counting does not make threads wait for each
// other. The unused words stay zero: `--truth arrivals` sums them all.
enum { kMaxThreads = 1024, kWordsPerSlot = 8 };
#define ARRIVALS_WORDS (kMaxThreads * kWordsPerSlot)

#define SLOT(array, thread) ((volatile uint64_t*)&(array)[(size_t)(thread)*kWordsPerSlot])

static inline uint64_t sum_words(const volatile uint64_t* words, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += words[i];
  return sum;
}

static inline double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// The n-th argument as a number within bounds; a wrong one ends the program with status 2.
static inline long arg_long(int argc, char** argv, int n, long fallback, long min, long max) {
  if (argc <= n) return fallback;
  char* end = NULL;
  const long value = strtol(argv[n], &end, 10);
  if (end == argv[n] || *end != '\0' || value < min || value > max) {
    fprintf(stderr, "%s: argument %d, '%s': want a number from %ld to %ld\n", argv[0], n, argv[n],
            min, max);
    exit(2);
  }
  return value;
}

// Whether a program that works in rounds has another one to do; 0 rounds: until standard input ends.
static inline int another_round(long round, long rounds) {
  struct pollfd input = {0, POLLIN, 0};
  return rounds > 0 ? round < rounds : poll(&input, 1, 0) == 0;
}

// The exit status that says whether the program's own checks held.
static inline int verdict(int ok) {
  printf("ok=%d\n", ok ? 1 : 0);
  fflush(stdout);
  return ok ? 0 : 3;
}

#endif
