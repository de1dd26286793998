// forker --exec: the program replaced by itself, again and again, the count carried along in argv and
// put back into `arrivals`, so that the last image knows the whole truth.
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "forker.h"

typedef struct {
  char** argv;
  long left, calls;
} Chain;

static pthread_barrier_t born;

static void exec_self(const Chain* chain) {
  char left[24], calls[24], count[24];
  snprintf(left, sizeof left, "%ld", chain->left - 1);
  snprintf(calls, sizeof calls, "%ld", chain->calls);
  snprintf(count, sizeof count, "%lu", sum_words(arrivals, ARRIVALS_WORDS));
  char* argv[] = {chain->argv[0], chain->argv[1], left, calls, count, NULL};
  fflush(stdout);
  execv("/proc/self/exe", argv);
  perror("execv");
  _exit(3);
}

static void* sleeper(void* arg) {
  pthread_barrier_wait(&born);
  while (pause() != 0) continue;  // until an exec ends it
  return arg;
}

static void* exec_from_thread(void* arg) {
  pthread_barrier_wait(&born);
  exec_self(arg);
  return NULL;
}

// The leader and a third thread are asleep when the second one execs: exec must end them both, and
// the thread that called it takes over the leader's id.
static void exec_beside_others(Chain* chain) {
  pthread_t ids[2];
  pthread_barrier_init(&born, NULL, 2);
  pthread_create(&ids[0], NULL, sleeper, NULL);
  pthread_create(&ids[1], NULL, exec_from_thread, chain);
  pthread_join(ids[1], NULL);
}

int exec_chain(int argc, char** argv) {
  Chain chain = {argv, arg_long(argc, argv, 2, 3, 0, 100000), 0};
  chain.calls = arg_long(argc, argv, 3, 100, 0, 100000000);
  const uint64_t before = (uint64_t)arg_long(argc, argv, 4, 0, 0, INT64_MAX);
  volatile uint64_t* count = SLOT(arrivals, 0);
  *count = before;
  if (!call_target(chain.calls, count)) return verdict(0);
  printf("image_arrivals=%lu\n", (unsigned long)(*count - before));
  if (chain.left > 0) {
    if (strcmp(argv[1], "--exec-thread") == 0) exec_beside_others(&chain);
    else exec_self(&chain);
  }
  printf("arrivals=%lu\n", (unsigned long)*count);
  return verdict(*count == before + (uint64_t)chain.calls);
}
