// spin [threads] [calls-per-thread] [sleepers]
// Exercises: many threads in the same hot loop through one probed function, among others that
// sleep. The same source is built as PIE, non-PIE, static, static-PIE, stripped with .dynsym, and
// with `target` in a shared library. Prints: arrivals=N seconds=S ok=1. Each call's result is
// checked: a skipped or doubled instruction shows as ok=0 and exit status 3.
// With a third argument also: fairness=F (when the first hot thread was done, the calls of the
// slowest as a part of the mean), p50_us=L p99_us=L (of single calls: one in 64 is timed) and
// cpu_s=C, its own processor time.
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "latency.h"
#include "tracee.h"

uint64_t arrivals[ARRIVALS_WORDS];
static pthread_barrier_t start;
static long threads, calls;
static uint64_t wrong[ARRIVALS_WORDS];
static double fairness = -1;
static int somebody_is_done;
static int timed;  // single calls
static struct latency latencies[kMaxThreads];

static void judge_fairness(void) {
  uint64_t least = UINT64_MAX, sum = 0;
  for (long i = 0; i < threads; ++i) {
    const uint64_t count = *SLOT(arrivals, i);
    if (count < least) least = count;
    sum += count;
  }
  fairness = sum == 0 ? 1 : (double)least * (double)threads / (double)sum;
}

static void* sleeper(void* unused) {
  for (;;) pause();
  return unused;
}

static void start_sleepers(long count) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 << 10);
  for (pthread_t id; count > 0; --count) pthread_create(&id, &small, sleeper, NULL);
}

static double cpu_s(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  volatile uint64_t* count = SLOT(arrivals, me);
  pthread_barrier_wait(&start);
  for (long i = 0; i < calls; ++i) {
    const uint64_t x = ((uint64_t)me << 32) + (uint64_t)i;
    const int time_it = timed && i % 64 == 8;
    const double called = time_it ? now_s() : 0;
    if (target(x) != x + 1) ++*SLOT(wrong, me);
    if (time_it) latency_note(&latencies[me], now_s() - called);
    ++*count;
  }
  if (!__atomic_exchange_n(&somebody_is_done, 1, __ATOMIC_RELAXED)) judge_fairness();
  return NULL;
}

static void print_more(void) {
  for (long i = 1; i < threads; ++i) latency_add(&latencies[0], &latencies[i]);
  printf("fairness=%.3f\np50_us=%.3f\np99_us=%.3f\ncpu_s=%.6f\n", fairness,
         latency_us(&latencies[0], 0.5), latency_us(&latencies[0], 0.99), cpu_s());
}

int main(int argc, char** argv) {
  threads = arg_long(argc, argv, 1, 4, 1, kMaxThreads);
  calls = arg_long(argc, argv, 2, 20000, 0, 2000000000);
  timed = argc > 3;
  start_sleepers(arg_long(argc, argv, 3, 0, 0, 10000));
  pthread_t ids[kMaxThreads];
  pthread_barrier_init(&start, NULL, (unsigned)threads + 1);
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  const double began = now_s();  // nobody passes the barrier before us
  pthread_barrier_wait(&start);
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  const double seconds = now_s() - began;

  const uint64_t total = sum_words(arrivals, ARRIVALS_WORDS);
  printf("arrivals=%lu\nseconds=%.6f\n", (unsigned long)total, seconds);
  if (timed) print_more();
  return verdict(total == (uint64_t)threads * (uint64_t)calls &&
                 sum_words(wrong, ARRIVALS_WORDS) == 0);
}
