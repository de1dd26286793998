// dying FILE WAY [threads] [calls]
// Exercises: ends in the middle of everything. Hot threads call `target` without end; after `calls`
// calls the first of them ends the program: exit_group (status 9), kill (SIGKILL), tgkill (SIGTERM to
// another hot thread), segv, abort, trap (SIGTRAP from itself). `return`: main returns 9 beside them.
// `wait`: somebody else has to end it. `threads`: hot threads end, one after the other, in a handler
// that comes upon them wherever they are, then as with `return`.
// Counts in FILE, which outlives it: two halves of ARRIVALS_WORDS numbers, calls begun and calls done.
// What a tracer counts lies between; each thread that was killed is worth a difference of one.
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracee.h"

enum { kStatus = 9, kMaxHot = 64, kDeaths = 60, kLife = 10 };

static uint64_t *begun, *done;
static const char* way;
static long calls;
static pthread_t ids[kMaxThreads];
static uint64_t wrong;

static void end(void) {
  if (strcmp(way, "exit_group") == 0) _exit(kStatus);
  if (strcmp(way, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(way, "tgkill") == 0) pthread_kill(ids[1], SIGTERM);
  if (strcmp(way, "segv") == 0) *(volatile int*)NULL = 1;
  if (strcmp(way, "abort") == 0) abort();
  if (strcmp(way, "trap") == 0) kill(getpid(), SIGTRAP);
}

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  for (uint64_t i = 0;; ++i) {
    ++*SLOT(begun, me);
    if (target(i) != i + 1) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
    ++*SLOT(done, me);
    if (me == 0 && i == (uint64_t)calls) end();
  }
  return NULL;
}

// The thread alone, not the program, and no clean-up: it is gone from where it was.
static void die_here(int signal) {
  (void)signal;
  syscall(SYS_exit, 0);
}

static void let_threads_die(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = die_here;
  sigaction(SIGUSR1, &action, NULL);
  for (long i = 0; i < kDeaths; ++i) {
    const long me = kMaxHot + i;
    pthread_create(&ids[me], NULL, hot, (void*)(intptr_t)me);
    while (*SLOT(done, me) < kLife) sched_yield();
    pthread_kill(ids[me], SIGUSR1);
    pthread_join(ids[me], NULL);
  }
}

static int map_counters(const char* path) {
  const size_t size = 2 * ARRIVALS_WORDS * sizeof(uint64_t);
  const int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0 || ftruncate(file, (off_t)size) != 0) return 0;
  begun = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (begun == MAP_FAILED) return 0;
  done = begun + ARRIVALS_WORDS;
  return 1;
}

int main(int argc, char** argv) {
  if (argc < 3 || !map_counters(argv[1])) return 2;
  way = argv[2];
  const long threads = arg_long(argc, argv, 3, 4, 1, kMaxHot);
  calls = arg_long(argc, argv, 4, 1000, 0, 100000000);
  const struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  for (long i = threads - 1; i >= 0; --i)  // the first one last: it may want to kill the second
    pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  if (strcmp(way, "threads") == 0) let_threads_die();
  if (strcmp(way, "return") == 0 || strcmp(way, "threads") == 0) {
    while (*SLOT(done, 0) < (uint64_t)calls) sched_yield();
    return wrong == 0 ? kStatus : 3;
  }
  printf("ready=1\n");
  fflush(stdout);
  for (;;) pause();
}
