// inlined [steps]
// Exercises: a function that exists only inlined, in two places, while a library that everybody has
// exports one of the same name (libc's `step`, which nobody calls).
// Prints: arrivals=N ok=1. The arrivals are those at the inlined places.
#include "tracee.h"

static uint64_t arrivals;

static inline __attribute__((always_inline)) uint64_t step(uint64_t x) {
  ++*(volatile uint64_t*)&arrivals;
  return 3 * x + 1;
}

int main(int argc, char** argv) {
  const long steps = arg_long(argc, argv, 1, 4, 1, 2000000);
  volatile uint64_t x = 1;
  for (long i = 0; i < steps; ++i) x = step(x);
  for (long i = 0; i < steps; ++i) x = step(x) + 1;
  printf("arrivals=%lu\n", (unsigned long)arrivals);
  return verdict(arrivals == 2 * (uint64_t)steps);
}
