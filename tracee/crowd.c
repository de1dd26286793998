// crowd [sleepers] [hot-threads]
// Exercises: attaching to and leaving a process of many threads, nearly all of them asleep. A
// sleeper calls `target` each time it wakes, some four times a second; hot threads call
// `hot_target` in a loop. Commands on standard input: `w` opens a window: each sleeper calls
// `windowed` once, and `window=N` answers when all have. The end of input ends it. Prints: pid=N
// ready=1, and at the end arrivals=N hot_arrivals=N windowed=N ok=1.
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "tracee.h"

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t hot_arrivals[ARRIVALS_WORDS];
static uint64_t wrong;
static volatile int stop;
static volatile unsigned window_number;
static unsigned answered, windowed_calls;

__attribute__((noinline)) uint64_t hot_target(uint64_t x) {
  __asm__ volatile("" : "+r"(x));
  return x + 2;
}

__attribute__((noinline)) uint64_t windowed(uint64_t x) {
  __asm__ volatile("" : "+r"(x));
  return x ^ 0x5a;
}

static void doze(long ms) {
  const struct timespec t = {0, ms * 1000000L};
  nanosleep(&t, NULL);
}

static void check(int right) {
  if (!right) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

static void* sleeper(void* arg) {
  const long me = (long)(intptr_t)arg;
  unsigned seen = 0;
  for (uint64_t i = 0; !stop; ++i) {
    doze(200 + me % 100);
    ++*SLOT(arrivals, me);
    check(target(i) == i + 1);
    if (seen == window_number) continue;
    seen = window_number;
    check(windowed(i) == (i ^ 0x5a));
    __atomic_fetch_add(&windowed_calls, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&answered, 1, __ATOMIC_RELEASE);
  }
  return NULL;
}

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  for (uint64_t i = 0; !stop; ++i) {
    ++*SLOT(hot_arrivals, me);
    check(hot_target(i) == i + 2);
  }
  return NULL;
}

int main(int argc, char** argv) {
  const long sleepers = arg_long(argc, argv, 1, 1000, 1, kMaxThreads);
  const long hots = arg_long(argc, argv, 2, 0, 0, 64);
  pthread_t ids[kMaxThreads], hot_ids[64];
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 << 10);
  for (long i = 0; i < sleepers; ++i) pthread_create(&ids[i], &small, sleeper, (void*)(intptr_t)i);
  for (long i = 0; i < hots; ++i) pthread_create(&hot_ids[i], &small, hot, (void*)(intptr_t)i);
  printf("pid=%d\nready=1\n", getpid());
  fflush(stdout);

  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL) {
    __atomic_store_n(&answered, 0, __ATOMIC_RELEASE);
    __atomic_add_fetch(&window_number, 1, __ATOMIC_RELEASE);
    while (__atomic_load_n(&answered, __ATOMIC_ACQUIRE) < (unsigned)sleepers) doze(5);
    printf("window=%ld\n", sleepers);
    fflush(stdout);
  }
  stop = 1;
  for (long i = 0; i < sleepers; ++i) pthread_join(ids[i], NULL);
  for (long i = 0; i < hots; ++i) pthread_join(hot_ids[i], NULL);
  printf("arrivals=%lu\nhot_arrivals=%lu\nwindowed=%u\n",
         (unsigned long)sum_words(arrivals, ARRIVALS_WORDS),
         (unsigned long)sum_words(hot_arrivals, ARRIVALS_WORDS), windowed_calls);
  return verdict(wrong == 0);
}
