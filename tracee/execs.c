// execs HOW CALLS PROGRAM [ARGS...]
// Exercises: becoming another program in the midst of hot threads. Two threads call `target` without
// end; after CALLS calls of its own the program becomes PROGRAM: HOW is leader or thread (the one that
// execs), or fork (a child execs, and is waited for). If that fails, it says so, and does CALLS more.
// Counts in the file that COUNTS names, if any, as `dying` does: it outlives the exec.
// Prints: execing=1, and if it failed exec_errno=N arrivals=N (leader or thread) ok=1; with fork
// child_status=N (a wait status) ok=1.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracee.h"

enum { kHot = 2 };

static uint64_t *begun, *done, wrong;
static volatile int stop;
static char** program;
static int exec_errno;

static void arrive(long me, uint64_t i) {
  ++*SLOT(begun, me);
  if (target(i) != i + 1) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
  ++*SLOT(done, me);
}

static void* hot(void* arg) {
  for (uint64_t i = 0; !stop; ++i) arrive((long)(intptr_t)arg, i);
  return NULL;
}

static void* become(void* arg) {
  execv(program[0], program);
  exec_errno = errno;
  return arg;
}

static void map_counters(const char* path) {
  const size_t size = 2 * ARRIVALS_WORDS * sizeof(uint64_t);
  const int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (file >= 0 && ftruncate(file, (off_t)size) != 0) exit(2);
  const int flags = file >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
  begun = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, file, 0);
  if (begun == MAP_FAILED) exit(2);
  done = begun + ARRIVALS_WORDS;
}

static int exec_in_child(void) {
  const pid_t child = fork();
  if (child == 0) {
    become(NULL);
    _exit(127);
  }
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const long calls = arg_long(argc, argv, 2, 100, 0, 100000000);
  const int forks = strcmp(argv[1], "fork") == 0;
  int status = 0;
  program = argv + 3;
  map_counters(getenv("COUNTS"));
  pthread_t ids[kHot], other;
  for (long i = 0; i < kHot; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)(i + 1));
  for (long i = 0; i < calls; ++i) arrive(0, (uint64_t)i);
  while (*SLOT(done, 1) < 10 || *SLOT(done, 2) < 10) sched_yield();
  printf("execing=1\n");
  fflush(stdout);
  if (forks) {
    status = exec_in_child();
  } else if (strcmp(argv[1], "thread") == 0) {
    pthread_create(&other, NULL, become, NULL);
    pthread_join(other, NULL);
  } else {
    become(NULL);
  }
  for (long i = 0; i < calls; ++i) arrive(0, (uint64_t)i);
  stop = 1;
  for (long i = 0; i < kHot; ++i) pthread_join(ids[i], NULL);
  if (forks)
    printf("child_status=%d\nown_arrivals=%lu\n", status, sum_words(done, ARRIVALS_WORDS));
  else
    printf("exec_errno=%d\narrivals=%lu\n", exec_errno, sum_words(done, ARRIVALS_WORDS));
  return verdict(wrong == 0);
}
