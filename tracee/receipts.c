// receipts [threads] [signals]      signals 0: until the end of standard input
// Exercises: signals that are fetched, not handled, by threads that arrive at `target` in between.
// Each thread blocks two real-time signals and gets `signals` numbered ones of each, by
// pthread_sigqueue: the one from a signalfd, now by polling it, now without waiting; the other from
// sigtimedwait, now waiting, now not. No signal has a handler, so an EINTR is somebody else's doing.
// Prints: pid=N ready=1, arrivals=N received=N bad_order=N eintr=N ok=1.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tracee.h"

enum { kMaxHot = 16, kKinds = 2, kAhead = 32 };

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t received[kMaxHot][kKinds];
static uint64_t bad_order, eintr, wrong;
static uint64_t sent;  // of each kind to each thread, when all are
static int all_sent;

#define BUMP(counter) __atomic_fetch_add(&(counter), 1, __ATOMIC_RELAXED)

static sigset_t just(int kind) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + kind);
  return set;
}

static void got(long me, int kind, int code, int value) {
  if (code != SI_QUEUE || (uint64_t)value != received[me][kind]) BUMP(bad_order);
  __atomic_fetch_add(&received[me][kind], 1, __ATOMIC_RELEASE);
}

static void look_at_fd(long me, int fd, int wait) {
  struct signalfd_siginfo info;
  struct pollfd ready = {fd, POLLIN, 0};
  if (wait && poll(&ready, 1, 1) < 0 && errno == EINTR) BUMP(eintr);
  while (read(fd, &info, sizeof info) == sizeof info) got(me, 0, info.ssi_code, info.ssi_int);
}

static void look_at_pending(long me, const sigset_t* set, int wait) {
  siginfo_t info;
  const struct timespec patience = {0, wait ? 1000000 : 0};
  if (sigtimedwait(set, &info, &patience) == SIGRTMIN + 1)
    got(me, 1, info.si_code, info.si_value.sival_int);
  else if (errno == EINTR)
    BUMP(eintr);
}

static int has_all(long me) {
  return __atomic_load_n(&all_sent, __ATOMIC_ACQUIRE) && received[me][0] + received[me][1] == kKinds * sent;
}

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  const sigset_t first = just(0), second = just(1);
  const int fd = signalfd(-1, &first, SFD_NONBLOCK | SFD_CLOEXEC);
  for (uint64_t i = 0; !has_all(me); ++i) {
    if (target(i) != i + 1) BUMP(wrong);
    ++*SLOT(arrivals, me);
    const int wait = i % 8 == 0;
    if (i % 2 == 0) look_at_fd(me, fd, wait);
    if (i % 3 == 0) look_at_pending(me, &second, wait);
  }
  close(fd);
  return NULL;
}

static void send(pthread_t to, long me, int kind, uint64_t number) {
  const union sigval value = {.sival_int = (int)number};
  while (number >= __atomic_load_n(&received[me][kind], __ATOMIC_ACQUIRE) + kAhead) sched_yield();
  if (pthread_sigqueue(to, SIGRTMIN + kind, value) != 0) BUMP(wrong);
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 3, 1, kMaxHot);
  const long wanted = arg_long(argc, argv, 2, 1000, 0, 1000000);
  const sigset_t first = just(0), second = just(1);
  pthread_sigmask(SIG_BLOCK, &first, NULL);
  pthread_sigmask(SIG_BLOCK, &second, NULL);
  pthread_t ids[kMaxHot];
  printf("pid=%d\nready=1\n", getpid());
  fflush(stdout);
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  for (; another_round((long)sent, wanted); ++sent)
    for (long i = 0; i < threads; ++i)
      for (int kind = 0; kind < kKinds; ++kind) send(ids[i], i, kind, sent);
  __atomic_store_n(&all_sent, 1, __ATOMIC_RELEASE);
  uint64_t all = 0;
  for (long i = 0; i < threads; ++i) {
    pthread_join(ids[i], NULL);
    all += received[i][0] + received[i][1];
  }
  printf("arrivals=%lu\nreceived=%lu\nbad_order=%lu\neintr=%lu\n",
         sum_words(arrivals, ARRIVALS_WORDS), all, bad_order, eintr);
  return verdict(bad_order + eintr + wrong == 0 &&
                 all == kKinds * sent * (uint64_t)threads);
}
