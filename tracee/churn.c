// churn [creators] [threads-total] [calls]
// Exercises: threads born and dying at a high rate, each calling `target` a few times at once after
// its birth; every second one is detached, so that nobody waits for it. A tracer that meets a thread
// late, or loses one, shows as hits != arrivals or as a death by SIGTRAP.
// Prints: arrivals=N threads=N threads_per_s=R seconds=S ok=1.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "tracee.h"

enum { kMaxCreators = 64, kLiveDetached = 16 };

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t wrong;
static long calls;
static pthread_attr_t detached, joinable;

typedef struct {
  long index;
  long threads;
  sem_t room;  // bounds the detached threads alive; posted by each as its last act
  pthread_t id;
} Creator;

// All threads of one creator count into one slot, hence the atomic add.
static void call_target(const Creator* creator) {
  for (long i = 0; i < calls; ++i) {
    const uint64_t x = (uint64_t)i * 7919;
    if (target(x) != x + 1) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(SLOT(arrivals, creator->index), 1, __ATOMIC_RELAXED);
  }
}

static void* joined_life(void* arg) {
  call_target(arg);
  return NULL;
}

static void* detached_life(void* arg) {
  call_target(arg);
  sem_post(&((Creator*)arg)->room);
  return NULL;
}

// EAGAIN only says that the dead are not buried yet: dying takes longer under a tracer.
static pthread_t spawn(const pthread_attr_t* how, void* (*life)(void*), Creator* creator) {
  pthread_t id;
  while (pthread_create(&id, how, life, creator) != 0) sched_yield();
  return id;
}

static void* create(void* arg) {
  Creator* creator = arg;
  for (long i = 0; i < creator->threads; ++i) {
    if (i % 2 == 0) {
      pthread_join(spawn(&joinable, joined_life, creator), NULL);
    } else {
      while (sem_wait(&creator->room) != 0) continue;
      spawn(&detached, detached_life, creator);
    }
  }
  for (int i = 0; i < kLiveDetached; ++i)  // until the last detached one has counted
    while (sem_wait(&creator->room) != 0) continue;
  return NULL;
}

static void set_up_attributes(void) {
  pthread_attr_init(&joinable);
  pthread_attr_init(&detached);
  pthread_attr_setstacksize(&joinable, 64 * 1024);
  pthread_attr_setstacksize(&detached, 64 * 1024);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
}

int main(int argc, char** argv) {
  const long creators = arg_long(argc, argv, 1, 4, 1, kMaxCreators);
  const long threads = arg_long(argc, argv, 2, 4000, 0, 10000000);
  calls = arg_long(argc, argv, 3, 3, 0, 1000000);
  static Creator all[kMaxCreators];
  set_up_attributes();
  const double began = now_s();
  for (long i = 0; i < creators; ++i) {
    all[i].index = i;
    all[i].threads = threads / creators + (i < threads % creators ? 1 : 0);
    sem_init(&all[i].room, 0, kLiveDetached);
    pthread_create(&all[i].id, NULL, create, &all[i]);
  }
  for (long i = 0; i < creators; ++i) pthread_join(all[i].id, NULL);
  const double seconds = now_s() - began;

  const uint64_t total = sum_words(arrivals, ARRIVALS_WORDS);
  printf("arrivals=%lu\nthreads=%ld\nthreads_per_s=%.0f\nseconds=%.6f\n", (unsigned long)total,
         threads, (double)threads / seconds, seconds);
  return verdict(total == (uint64_t)threads * (uint64_t)calls && wrong == 0);
}
