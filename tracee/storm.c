// storm [threads] [calls-per-thread] [rounds]
// Exercises: signals of every kind landing on threads that arrive at `target` all the time: POSIX
// timers (process-wide and per thread, 2 kHz, real-time signals with values), ITIMER_REAL, _VIRTUAL
// and _PROF at 1 kHz, SIGUSR1 by tgkill and numbered real-time signals by pthread_sigqueue from a
// sibling, handlers with and without SA_RESTART; and two threads in blocking calls.
// Checks: the PC that a handler sees lies in the program's own code and never inside the probed
// instruction; registers, flags and red zone survive; queued signals come in order, none lost; a
// blocked call returns EINTR only after a handler that explains it. The calls are spread over
// `rounds` sendings, so that the storm rages from the first to the last.
// Prints: arrivals=N handlers_*=N eintr_*=N bad_*=N seconds=S ok=1.
#include "storm.h"

#include <pthread.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

uint64_t arrivals[ARRIVALS_WORDS];
StormCounters counters;
static pthread_barrier_t start, finish;
static pthread_t hot_ids[kMaxHot];
static long threads, calls, rounds;
static long rounds_done;     // by the sender; hot threads pace themselves by it
static long hot_finished;
static uint64_t sent[kMaxHot][kQueues];
static uint64_t received[kMaxHot][kQueues];
static __thread long me = -1;  // number of a hot thread

void storm_received(int queue, uint64_t number) {
  if (me < 0 || number != ++received[me][queue]) BUMP(bad_order);
}

uint64_t watched_call(uint64_t x);

// Waits by running, not by sleeping: signals must find the thread in user mode.
static void wait_for_round(long round) {
  while (__atomic_load_n(&rounds_done, __ATOMIC_RELAXED) < round) __builtin_ia32_pause();
}

static void* hot(void* arg) {
  me = (long)(intptr_t)arg;
  volatile uint64_t* count = SLOT(arrivals, me);
  pthread_barrier_wait(&start);
  for (long i = 0; i < calls; ++i) {
    wait_for_round((long)((double)i * (double)rounds / (double)calls));
    const uint64_t x = ((uint64_t)me << 32) + (uint64_t)i;
    if (watched_call(x) != x + 1) BUMP(bad_state);
    ++*count;
  }
  __atomic_fetch_add(&hot_finished, 1, __ATOMIC_RELEASE);
  pthread_barrier_wait(&finish);  // what was queued to us is delivered before we return from here
  for (int queue = 0; queue < kQueues; ++queue)
    if (received[me][queue] != sent[me][queue]) BUMP(bad_lost);
  return NULL;
}

static void send_round(void) {
  for (long thread = 0; thread < threads; ++thread) {
    pthread_kill(hot_ids[thread], SIGUSR1);
    for (int queue = 0; queue < kQueues; ++queue) {
      const union sigval value = {.sival_int = (int)(sent[thread][queue] + 1)};
      if (pthread_sigqueue(hot_ids[thread], storm_queue_signal(queue), value) == 0)
        ++sent[thread][queue];
    }
  }
}

// Goes on for as long as a hot thread has calls to make, at about 2 kHz.
static void* send(void* arg) {
  (void)arg;
  storm_block_all();
  pthread_barrier_wait(&start);
  while (__atomic_load_n(&hot_finished, __ATOMIC_ACQUIRE) < threads) {
    send_round();
    __atomic_fetch_add(&rounds_done, 1, __ATOMIC_RELAXED);
    const struct timespec pace = {0, 500000};
    nanosleep(&pace, NULL);
  }
  storm_stop_blockers();
  pthread_barrier_wait(&finish);
  return NULL;
}

static void start_timers(timer_t* timers) {
  for (int i = 0; i < kTimers; ++i) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = storm_timer_signal(i);
    event.sigev_value.sival_int = kTimerValue + i;
    const struct itimerspec every = {{0, 500000 + i * 7919}, {0, 500000}};
    if (timer_create(CLOCK_MONOTONIC, &event, &timers[i]) != 0) storm_die("timer_create");
    timer_settime(timers[i], 0, &every, NULL);
  }
  const struct itimerval tick = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &tick, NULL);
  setitimer(ITIMER_VIRTUAL, &tick, NULL);
  setitimer(ITIMER_PROF, &tick, NULL);
}

static void stop_timers(timer_t* timers) {
  for (int i = 0; i < kTimers; ++i) timer_delete(timers[i]);
  const struct itimerval never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &never, NULL);
  setitimer(ITIMER_VIRTUAL, &never, NULL);
  setitimer(ITIMER_PROF, &never, NULL);
}

static int report(double seconds) {
  const uint64_t total = sum_words(arrivals, ARRIVALS_WORDS);
  const StormCounters c = counters;
  printf("arrivals=%lu\nseconds=%.6f\nrounds=%ld\n", (unsigned long)total, seconds, rounds_done);
  printf("handlers_queued=%lu\nhandlers_timer=%lu\nhandlers_itimer=%lu\nhandlers_usr1=%lu\n",
         c.queued, c.timer, c.itimer, c.usr1);
  printf("handlers_blocked=%lu\neintr_read=%lu\neintr_sleep=%lu\neintr_epoll=%lu\n", c.blocked,
         c.eintr_read, c.eintr_sleep, c.eintr_epoll);
  printf("bad_pc=%lu\nbad_state=%lu\nbad_order=%lu\nbad_lost=%lu\nbad_value=%lu\nbad_eintr=%lu\n",
         c.bad_pc, c.bad_state, c.bad_order, c.bad_lost, c.bad_value, c.bad_eintr);
  return verdict(total == (uint64_t)threads * (uint64_t)calls && c.bad_pc + c.bad_state == 0 &&
                 c.bad_order + c.bad_lost + c.bad_value + c.bad_eintr == 0);
}

int main(int argc, char** argv) {
  threads = arg_long(argc, argv, 1, 4, 1, kMaxHot);
  calls = arg_long(argc, argv, 2, 20000, 1, 100000000);
  rounds = arg_long(argc, argv, 3, 400, 0, 10000000);
  storm_install_handlers();
  pthread_barrier_init(&start, NULL, (unsigned)threads + 2);
  pthread_barrier_init(&finish, NULL, (unsigned)threads + 1);
  for (long i = 0; i < threads; ++i) pthread_create(&hot_ids[i], NULL, hot, (void*)(intptr_t)i);
  pthread_t sender, blockers[2];
  storm_start_blockers(blockers);
  pthread_create(&sender, NULL, send, NULL);
  storm_block_all();  // main only waits: the storm is for the hot threads
  timer_t timers[kTimers];
  start_timers(timers);
  const double began = now_s();
  pthread_barrier_wait(&start);
  pthread_join(sender, NULL);
  for (long i = 0; i < threads; ++i) pthread_join(hot_ids[i], NULL);
  const double seconds = now_s() - began;
  stop_timers(timers);
  for (int i = 0; i < 2; ++i) pthread_join(blockers[i], NULL);
  return report(seconds);
}
