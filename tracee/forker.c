// forker [calls] [rounds] [hot-threads]
// Exercises: every way to make a process, from a program whose hot threads never stop arriving at
// `target`: fork, vfork + _exit, vfork + exec, posix_spawn, system, clone(CLONE_VM), clone(CLONE_VM |
// CLONE_VFORK). The children arrive at `target` too; an int3 that they inherit and nobody serves
// kills them by SIGTRAP, which their parent notices.
// forker --exec N [calls]          re-executes itself N times, carrying the count along
// forker --exec-thread N [calls]   the same from a thread that is not the leader, others asleep
// Prints: arrivals=N (this process's threads only; over all images with --exec), child_arrivals=N
// (fork), vfork_arrivals=N and clone_vm_arrivals=N (in shared memory), spawned_arrivals=N (new images
// of this program), image_arrivals=N (each image, with --exec), bad_children=N, ok=1.
#include "forker.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

enum { kHotFactor = 6 };

uint64_t arrivals[ARRIVALS_WORDS];
uint64_t vfork_arrivals, clone_vm_arrivals;
static uint64_t wrong;
static long calls, rounds;
static long rounds_begun;  // hot threads share their calls out over the rounds by it
static uint64_t child_arrivals, spawned_arrivals, bad_children;

int call_target(long times, volatile uint64_t* count) {
  int ok = 1;
  for (long i = 0; i < times; ++i) {
    const uint64_t x = (uint64_t)i * 2654435761u;
    if (target(x) != x + 1) ok = 0;
    ++*count;
  }
  return ok;
}

// As many calls in a round as all its children together, while they are made.
static void* hot(void* arg) {
  volatile uint64_t* count = SLOT(arrivals, (long)(intptr_t)arg);
  for (long round = 0; round < rounds; ++round) {
    while (__atomic_load_n(&rounds_begun, __ATOMIC_RELAXED) <= round) sched_yield();
    if (!call_target(kHotFactor * calls, count)) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

// A child's outcome, against what it should have been.
static void expect(const char* what, int status, int wanted) {
  if (status == wanted) return;
  fprintf(stderr, "forker: %s ended with wait status %#x, not %#x\n", what, status, wanted);
  ++bad_children;
}

static void one_round(const char* self) {
  expect("fork", child_of_fork(calls), kGoodChild << 8);
  child_arrivals += (uint64_t)calls;
  expect("vfork + _exit", child_of_vfork(calls), kGoodChild << 8);
  expect("vfork + exec", image_of_vfork(self, calls), kGoodChild << 8);
  expect("posix_spawn", image_of_spawn(self, calls), kGoodChild << 8);
  spawned_arrivals += 2 * (uint64_t)calls;
  expect("system", shell_child(), kShellStatus << 8);
  expect("clone(CLONE_VM)", child_of_clone_vm(calls, 0), kGoodChild << 8);
  expect("clone(CLONE_VM|CLONE_VFORK)", child_of_clone_vm(calls, 1), kGoodChild << 8);
}

static int fork_all(const char* self, long threads) {
  pthread_t ids[kMaxThreads];
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)(i + 1));
  for (long i = 0; i < rounds; ++i) {
    __atomic_fetch_add(&rounds_begun, 1, __ATOMIC_RELAXED);
    one_round(self);
  }
  if (!call_target(calls, SLOT(arrivals, 0))) ++wrong;  // the forking thread, after all that
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);

  printf("arrivals=%lu\nchild_arrivals=%lu\nvfork_arrivals=%lu\nclone_vm_arrivals=%lu\n",
         sum_words(arrivals, ARRIVALS_WORDS), child_arrivals, vfork_arrivals, clone_vm_arrivals);
  printf("spawned_arrivals=%lu\nbad_children=%lu\n", spawned_arrivals, bad_children);
  const uint64_t each = (uint64_t)rounds * (uint64_t)calls;
  return verdict(bad_children == 0 && wrong == 0 && vfork_arrivals == each &&
                 clone_vm_arrivals == 2 * each &&
                 sum_words(arrivals, ARRIVALS_WORDS) ==
                     (uint64_t)calls + (uint64_t)threads * kHotFactor * each);
}

// What a fresh image does when another forker started it: its calls, and out.
static int be_spawned(int argc, char** argv) {
  calls = arg_long(argc, argv, 2, 10, 0, 100000000);
  return call_target(calls, SLOT(arrivals, 0)) ? kGoodChild : 1;
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "--spawned") == 0) return be_spawned(argc, argv);
  if (argc > 1 && strncmp(argv[1], "--exec", 6) == 0) return exec_chain(argc, argv);
  calls = arg_long(argc, argv, 1, 100, 0, 100000000);
  rounds = arg_long(argc, argv, 2, 20, 0, 100000);
  const long threads = arg_long(argc, argv, 3, 2, 0, kMaxThreads - 1);
  return fork_all("/proc/self/exe", threads);
}
