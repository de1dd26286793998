// jobs [threads] [rounds]      rounds 0: until the end of standard input
// Exercises: job control, a shell's part and its job's part. The job (a child, its own process group)
// has hot threads at `target`. The shell stops it once a round, by SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU
// in turn, waits to be told (WUNTRACED), sends a batch of real-time signals in mixed order, continues
// it, waits to be told that (WCONTINUED) and for the batch to have been handled. SIGTSTP has a
// handler in every other round of that kind, as in an editor: it tidies up, then stops by itself.
// The batch has to come as the kernel promises: lowest number first, each number's in order, with
// their values. Nothing may run while the job is stopped.
// Prints: job=PID ready=1, then arrivals=N (the job's) batches=N stops=N bad_order=N bad_stop=N
// bad_continue=N ran_stopped=N ok=1.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracee.h"

enum { kMaxHot = 16, kBatch = 12, kSignals = 4, kStops = 5, kTidied = 4 };
static const int stop_signals[kStops] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGTSTP};

// What both see.
static struct {
  uint64_t arrivals[kMaxHot * kWordsPerSlot];
  uint64_t received, bad_order, wrong, minded, tidied, continued;
  int stop;
} * shared;
static uint64_t bad_stop, bad_continue, ran_stopped, stops;

#define BUMP(counter) __atomic_fetch_add(&(counter), 1, __ATOMIC_RELEASE)
#define READ(counter) __atomic_load_n(&(counter), __ATOMIC_ACQUIRE)

static void arrive(long me, uint64_t x) {
  if (target(x) != x + 1) BUMP(shared->wrong);
  BUMP(*SLOT(shared->arrivals, me));  // at one go: a handler counts here too
}

// Handlers run one at a time (sa_mask), on the one thread that lets these signals in.
static void on_batch(int signal, siginfo_t* info, void* context) {
  (void)context;
  static int last_signal, last_index = -1;
  static uint64_t in_batch;
  const int index = info->si_value.sival_int % kBatch;
  const int batch = info->si_value.sival_int / kBatch;
  if (in_batch == 0) last_signal = 0;
  if (signal < last_signal || (signal == last_signal && index <= last_index)) BUMP(shared->bad_order);
  if (info->si_code != SI_QUEUE || (uint64_t)batch != shared->received / kBatch)
    BUMP(shared->bad_order);
  last_signal = signal, last_index = index;
  in_batch = (in_batch + 1) % kBatch;
  arrive(0, (uint64_t)index);
  BUMP(shared->received);
}

static void set_tstp(void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  sigaction(SIGTSTP, &action, NULL);
}

// An editor's way: put the screen right, stop as if there were no handler, and go on from there.
static void on_tstp(int signal) {
  sigset_t tstp;
  sigemptyset(&tstp);
  sigaddset(&tstp, signal);
  arrive(0, 1);
  BUMP(shared->tidied);
  set_tstp(SIG_DFL);
  raise(signal);
  sigprocmask(SIG_UNBLOCK, &tstp, NULL);  // stops here
  arrive(0, 2);
}

static void on_cont(int signal) {
  (void)signal;
  BUMP(shared->continued);
}

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  for (uint64_t i = 0; !READ(shared->stop); ++i) arrive(me, i);
  return NULL;
}

static void install_handlers(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  action.sa_sigaction = on_batch;
  sigfillset(&action.sa_mask);
  sigdelset(&action.sa_mask, SIGTRAP);  // blocked, it would change what a breakpoint does
  for (int i = 0; i < kSignals; ++i) sigaction(SIGRTMIN + i, &action, NULL);
  memset(&action, 0, sizeof action);
  action.sa_handler = on_cont;
  sigaction(SIGCONT, &action, NULL);
}

static void ours_only(int how) {
  sigset_t all;
  sigfillset(&all);
  sigdelset(&all, SIGTRAP);
  pthread_sigmask(how, &all, NULL);
}

// SIGUSR1 says: the next SIGTSTP has a handler.
static void on_usr1(int signal) {
  (void)signal;
  set_tstp(on_tstp);
  BUMP(shared->minded);
}

static int job(long threads) {
  pthread_t ids[kMaxHot];
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  install_handlers();
  signal(SIGUSR1, on_usr1);
  ours_only(SIG_BLOCK);
  for (long i = 1; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  ours_only(SIG_UNBLOCK);
  hot(NULL);
  for (long i = 1; i < threads; ++i) pthread_join(ids[i], NULL);
  return 7;
}

static int wait_for(pid_t child, int what) {
  int status = -1;
  while (waitpid(child, &status, what) < 0 && errno == EINTR) continue;
  return status;
}

static void one_round(pid_t child, long round) {
  const int kind = (int)(round % kStops), signo = stop_signals[kind];
  const uint64_t continued = READ(shared->continued), tidied = READ(shared->tidied);
  if (kind == kTidied) {
    kill(child, SIGUSR1);
    while (READ(shared->minded) == tidied) sched_yield();
  }
  const uint64_t lived = sum_words(shared->arrivals, kMaxHot * kWordsPerSlot) + 20;
  while (sum_words(shared->arrivals, kMaxHot * kWordsPerSlot) < lived) sched_yield();
  kill(child, signo);
  int status = wait_for(child, WUNTRACED);
  if (!WIFSTOPPED(status) || WSTOPSIG(status) != signo) ++bad_stop;
  ++stops;
  const uint64_t before = sum_words(shared->arrivals, kMaxHot * kWordsPerSlot);
  for (int i = 0; i < kBatch; ++i) {
    const union sigval value = {.sival_int = (int)round * kBatch + i};
    sigqueue(child, SIGRTMIN + (i * 7 + 3) % kSignals, value);
  }
  if (READ(shared->received) != (uint64_t)round * kBatch ||
      sum_words(shared->arrivals, kMaxHot * kWordsPerSlot) != before)
    ++ran_stopped;
  kill(child, SIGCONT);
  status = wait_for(child, WCONTINUED);
  if (!WIFCONTINUED(status)) ++bad_continue;
  while (READ(shared->received) < (uint64_t)(round + 1) * kBatch) sched_yield();
  while (READ(shared->continued) == continued) sched_yield();
  if (READ(shared->tidied) != tidied + (kind == kTidied)) ++bad_stop;
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 3, 1, kMaxHot);
  const long rounds = arg_long(argc, argv, 2, 50, 0, 100000);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 4;
  const pid_t child = fork();
  if (child == 0) _exit(job(threads));
  while (sum_words(shared->arrivals, kMaxHot * kWordsPerSlot) < 100) sched_yield();
  printf("job=%d\nready=1\n", child);
  fflush(stdout);
  long round = 0;
  for (; another_round(round, rounds); ++round) one_round(child, round);
  __atomic_store_n(&shared->stop, 1, __ATOMIC_RELEASE);
  const int status = wait_for(child, 0);

  printf("arrivals=%lu\nbatches=%lu\nstops=%lu\n",
         sum_words(shared->arrivals, kMaxHot * kWordsPerSlot), shared->received / kBatch, stops);
  printf("bad_order=%lu\nbad_stop=%lu\nbad_continue=%lu\nran_stopped=%lu\n", shared->bad_order,
         bad_stop, bad_continue, ran_stopped);
  return verdict(shared->bad_order + shared->wrong + bad_stop + bad_continue + ran_stopped == 0 &&
                 shared->received == (uint64_t)round * kBatch && status == 7 << 8);
}
