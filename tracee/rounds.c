// rounds [threads]
// Each thread calls `target`, then four of the functions of many_sites.S, and again, until standard
// input ends. Every result is checked. Says ready=1 when all are at it, and at the end
// arrivals=N ok=1: N calls of each of the five. A library of its own has functions of the same
// names, which nobody calls: sites far away.
#include <pthread.h>
#include <unistd.h>

#include "tracee.h"

uint64_t site_99990(uint64_t x);  // x + 1, like the other three
uint64_t site_99991(uint64_t x);
uint64_t site_99992(uint64_t x);
uint64_t site_99993(uint64_t x);

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t wrong[ARRIVALS_WORDS];
static volatile int done;

static void* go_round(void* arg) {
  const long me = (long)(intptr_t)arg;
  volatile uint64_t* count = SLOT(arrivals, me);
  for (uint64_t x = 0; !done; ++x) {
    ++*count;
    if (site_99993(site_99992(site_99991(site_99990(target(x))))) != x + 5) ++*SLOT(wrong, me);
  }
  return NULL;
}

int main(int argc, char** argv) {
  const long threads = argc > 1 ? atol(argv[1]) : 4;
  pthread_t ids[kMaxThreads];
  if (threads < 1 || threads > kMaxThreads) return 2;
  for (long i = 0; i < threads; ++i)
    if (pthread_create(&ids[i], NULL, go_round, (void*)(intptr_t)i) != 0) return 1;
  printf("ready=1\n");
  fflush(stdout);
  for (char byte; read(STDIN_FILENO, &byte, 1) > 0;) continue;
  done = 1;
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  const int ok = sum_words(wrong, ARRIVALS_WORDS) == 0;
  printf("arrivals=%llu\nok=%d\n", (unsigned long long)sum_words(arrivals, ARRIVALS_WORDS), ok);
  return ok ? 0 : 3;
}
