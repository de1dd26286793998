// Two threads of storm in blocking calls: one reads a pipe, one sleeps and waits in epoll. They get
// two signals only, one with SA_RESTART and one without, and every EINTR must be explained by a
// handler that ran on that thread since the call began:
//   read        EINTR only after a handler without SA_RESTART
//   nanosleep   EINTR only after a handler (SA_RESTART does not help it)
//   epoll_wait  the same; and here an unexplained one is what a tracer's PTRACE_INTERRUPT leaves
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "storm.h"

static __thread volatile uint64_t ran[2];  // handlers on this thread, by kind
static int reader_pipe[2];
static volatile int stopping;
static pthread_t reader_id, sleeper_id, poker_id;

int storm_blocked_signal(int kind) { return kind == kRestarting ? SIGUSR2 : SIGRTMIN + 1; }

void storm_blocked_handler_ran(int kind) { ran[kind] = ran[kind] + 1; }

static void allow_own_signals_only(void) {
  storm_block_all();
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, storm_blocked_signal(kRestarting));
  sigaddset(&own, storm_blocked_signal(kInterrupting));
  pthread_sigmask(SIG_UNBLOCK, &own, NULL);
}

static void* read_blocked(void* arg) {
  (void)arg;
  allow_own_signals_only();
  for (;;) {
    const uint64_t before = ran[kInterrupting];
    char byte;
    const ssize_t got = read(reader_pipe[0], &byte, 1);
    if (got == 0) return NULL;
    if (got == 1) continue;
    if (errno != EINTR || ran[kInterrupting] == before) BUMP(bad_eintr);
    else BUMP(eintr_read);
  }
}

static void* sleep_blocked(void* arg) {
  (void)arg;
  allow_own_signals_only();
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  for (int turn = 0; !stopping; ++turn) {
    const uint64_t before = ran[kRestarting] + ran[kInterrupting];
    const struct timespec nap = {0, 3000000};
    struct epoll_event event;
    const int sleeping = turn % 2 == 0;
    const int failed =
        (sleeping ? nanosleep(&nap, NULL) : epoll_wait(poller, &event, 1, 3)) != 0;
    if (!failed) continue;
    if (errno != EINTR || ran[kRestarting] + ran[kInterrupting] == before) BUMP(bad_eintr);
    else if (sleeping) BUMP(eintr_sleep);
    else BUMP(eintr_epoll);
  }
  close(poller);
  return NULL;
}

// Signals both, now the one kind, now the other, and now and then lets the read succeed.
static void* poke(void* arg) {
  (void)arg;
  storm_block_all();
  for (unsigned turn = 0; !stopping; ++turn) {
    const int signal = storm_blocked_signal(turn % 2 == 0 ? kRestarting : kInterrupting);
    pthread_kill(reader_id, signal);
    if (turn % 4 < 2) pthread_kill(sleeper_id, signal);
    if (turn % 3 == 0 && write(reader_pipe[1], "x", 1) != 1) BUMP(bad_eintr);
    const struct timespec pace = {0, 2000000};
    nanosleep(&pace, NULL);
  }
  return NULL;
}

void storm_start_blockers(pthread_t* ids) {
  if (pipe(reader_pipe) != 0) storm_die("pipe");
  pthread_create(&reader_id, NULL, read_blocked, NULL);
  pthread_create(&sleeper_id, NULL, sleep_blocked, NULL);
  pthread_create(&poker_id, NULL, poke, NULL);
  ids[0] = reader_id;
  ids[1] = sleeper_id;
}

// Reader and sleeper are joined by main; the poker first, as it signals them.
void storm_stop_blockers(void) {
  stopping = 1;
  pthread_join(poker_id, NULL);
  close(reader_pipe[1]);
}
