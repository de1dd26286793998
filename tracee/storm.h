// The parts of storm: storm.c sends and counts, storm_signals.c handles, storm_blocked.c sits in
// blocking calls.
#ifndef SIDESTEP_STORM_H
#define SIDESTEP_STORM_H

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "tracee.h"

enum { kMaxHot = 64, kQueues = 2, kTimers = 4, kTimerValue = 0x5151 };

typedef struct {
  uint64_t queued, timer, itimer, usr1, blocked;      // handlers that ran
  uint64_t eintr_read, eintr_sleep, eintr_epoll;      // explained by a handler
  uint64_t bad_pc, bad_state, bad_order, bad_lost, bad_value, bad_eintr;
} StormCounters;

extern StormCounters counters;
#define BUMP(field) __atomic_fetch_add(&counters.field, 1, __ATOMIC_RELAXED)

static inline int storm_queue_signal(int queue) { return SIGRTMIN + 2 + queue; }
static inline int storm_timer_signal(int timer) { return SIGRTMIN + 2 + kQueues + timer; }

void storm_die(const char* what);
void storm_received(int queue, uint64_t number);  // called by the handler of a queued signal
void storm_install_handlers(void);
void storm_block_all(void);  // for the calling thread

// Two threads in blocking calls, and the two signals that only they get.
void storm_start_blockers(pthread_t* ids);
void storm_stop_blockers(void);
enum { kRestarting, kInterrupting };
int storm_blocked_signal(int kind);
void storm_blocked_handler_ran(int kind);

#endif
