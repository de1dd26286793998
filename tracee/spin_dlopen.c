// spin-dlopen [threads] [calls-per-thread] [cycles]
// Exercises: a probed library that appears while threads run, and may go and come back. Each cycle
// opens libspin_late.so, lets all threads call its `target` in a loop, and closes it again; the
// threads were born before the first dlopen.
// Prints: arrivals=N seconds=S ok=1. calls-per-thread is the total over all cycles.
#include <dlfcn.h>
#include <pthread.h>

#include "tracee.h"

typedef uint64_t Function(uint64_t);

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t wrong[ARRIVALS_WORDS];
static pthread_barrier_t opened, done;
static Function* late;  // written by main between the barriers, when no thread reads it
static long cycles, calls;

// Calls are shared out so that all cycles together make `calls`.
static long calls_in(long cycle) { return calls / cycles + (cycle < calls % cycles ? 1 : 0); }

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  volatile uint64_t* count = SLOT(arrivals, me);
  for (long cycle = 0; cycle < cycles; ++cycle) {
    pthread_barrier_wait(&opened);
    for (long i = 0; i < calls_in(cycle); ++i) {
      const uint64_t x = ((uint64_t)me << 32) + (uint64_t)i;
      if (late(x) != x + 1) ++*SLOT(wrong, me);
      ++*count;
    }
    pthread_barrier_wait(&done);
  }
  return NULL;
}

// One life of the library. It must really be gone after dlclose, or the cycles prove nothing.
static int cycle_once(void) {
  void* library = dlopen("libspin_late.so", RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(3);
  }
  late = (Function*)dlsym(library, "target");
  pthread_barrier_wait(&opened);
  pthread_barrier_wait(&done);
  dlclose(library);
  return dlopen("libspin_late.so", RTLD_NOW | RTLD_NOLOAD) == NULL;
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 4, 1, kMaxThreads);
  calls = arg_long(argc, argv, 2, 20000, 0, 2000000000);
  cycles = arg_long(argc, argv, 3, 1, 1, 100000);
  pthread_t ids[kMaxThreads];
  pthread_barrier_init(&opened, NULL, (unsigned)threads + 1);
  pthread_barrier_init(&done, NULL, (unsigned)threads + 1);
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  const double began = now_s();
  int unloaded = 1;
  for (long cycle = 0; cycle < cycles; ++cycle) unloaded &= cycle_once();
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  const double seconds = now_s() - began;

  const uint64_t total = sum_words(arrivals, ARRIVALS_WORDS);
  printf("arrivals=%lu\nseconds=%.6f\n", (unsigned long)total, seconds);
  return verdict(unloaded && total == (uint64_t)threads * (uint64_t)calls &&
                 sum_words(wrong, ARRIVALS_WORDS) == 0);
}
