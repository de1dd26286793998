// paced [interval-us] [calls]
// Exercises: a service that is asleep nearly always: one thread calls `target` at a fixed pace, and
// times each call. How long one takes under a tracer shows what waking up costs, on both sides.
// Prints: pid=N ready=1, and at the end arrivals=N p50_us=L p99_us=L seconds=S ok=1.
#include <errno.h>
#include <unistd.h>

#include "latency.h"
#include "tracee.h"

uint64_t arrivals;

static void sleep_until(double at) {
  const struct timespec t = {(time_t)at, (long)((at - (double)(time_t)at) * 1e9)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) continue;
}

int main(int argc, char** argv) {
  const double interval = (double)arg_long(argc, argv, 1, 3000, 1, 1000000000) * 1e-6;
  const long calls = arg_long(argc, argv, 2, 300, 0, 1000000000);
  static struct latency latency;
  uint64_t wrong = 0;
  printf("pid=%d\nready=1\n", getpid());
  fflush(stdout);
  const double began = now_s();
  for (long i = 0; i < calls; ++i) {
    sleep_until(began + interval * (double)(i + 1));
    const double called = now_s();
    if (target((uint64_t)i) != (uint64_t)i + 1) ++wrong;
    latency_note(&latency, now_s() - called);
    ++arrivals;
  }
  printf("arrivals=%lu\np50_us=%.2f\np99_us=%.2f\nseconds=%.6f\n", (unsigned long)arrivals,
         latency_us(&latency, 0.5), latency_us(&latency, 0.99), now_s() - began);
  return verdict(wrong == 0);
}
