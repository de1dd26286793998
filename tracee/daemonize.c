// daemonize [calls] [threads]
// Exercises: a daemon's birth. The program calls `target` on some threads, forks, and leaves with them
// still calling; the child starts a session and other hot threads, forks in its turn, and leaves in the
// same way; the grandchild calls on, and reports when both are gone: a pipe that they held tells.
// Prints: arrivals=N (calls done of all three) begun=N own_arrivals=N (the daemon's) ok=1.
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tracee.h"

enum { kMaxHot = 16, kGenerations = 3 };

static struct {
  uint64_t begun[kGenerations * kMaxHot * kWordsPerSlot];
  uint64_t done[kGenerations * kMaxHot * kWordsPerSlot];
  uint64_t wrong;
} * shared;
static long generation, calls, threads;

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  for (uint64_t i = 0; generation < 2 || i < (uint64_t)calls; ++i) {
    ++*SLOT(shared->begun, me);
    if (target(i) != i + 1) __atomic_fetch_add(&shared->wrong, 1, __ATOMIC_RELAXED);
    ++*SLOT(shared->done, me);
  }
  return NULL;
}

static void start_hot(pthread_t* ids) {
  for (long i = 0; i < threads; ++i) {
    const long me = generation * kMaxHot + i;
    pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)me);
  }
  for (long i = 0; i < threads; ++i)
    while (*SLOT(shared->done, generation * kMaxHot + i) < (uint64_t)calls) sched_yield();
}

int main(int argc, char** argv) {
  pthread_t ids[kMaxHot];
  calls = arg_long(argc, argv, 1, 200, 1, 1000000);
  threads = arg_long(argc, argv, 2, 2, 1, kMaxHot);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 4;
  int held[2];
  if (pipe(held) != 0) return 4;
  for (; generation < 2; ++generation) {
    start_hot(ids);
    const pid_t child = fork();
    if (child < 0) return 4;
    if (child > 0) _exit(0);
    if (generation == 0 && setsid() < 0) return 4;
  }
  start_hot(ids);
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  char byte;
  close(held[1]);
  if (read(held[0], &byte, 1) != 0) return 4;
  const size_t words = sizeof shared->done / sizeof shared->done[0], first = 2 * kMaxHot;
  printf("arrivals=%lu\nbegun=%lu\nown_arrivals=%lu\n", sum_words(shared->done, words),
         sum_words(shared->begun, words),
         sum_words(shared->done + first * kWordsPerSlot, words - first * kWordsPerSlot));
  return verdict(shared->wrong == 0);
}
