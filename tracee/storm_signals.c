// The handlers of storm. Each checks where it was interrupted before anything else.
#include <string.h>

#include "own_code.h"
#include "storm.h"

enum { kProbedLength = 4 };  // of the first instruction of target

static void check_pc(const void* context) {
  const uintptr_t pc = context_pc(context), site = (uintptr_t)&target;
  if (!in_own_code(pc) || (pc > site && pc < site + kProbedLength)) BUMP(bad_pc);
}

static void on_queued(int signal, siginfo_t* info, void* context) {
  check_pc(context);
  BUMP(queued);
  if (info->si_code != SI_QUEUE) BUMP(bad_value);
  storm_received(signal - storm_queue_signal(0), (uint64_t)info->si_value.sival_int);
}

static void on_timer(int signal, siginfo_t* info, void* context) {
  check_pc(context);
  BUMP(timer);
  const int timer = signal - storm_timer_signal(0);
  if (info->si_code != SI_TIMER || info->si_value.sival_int != kTimerValue + timer) BUMP(bad_value);
}

static void on_itimer(int signal, siginfo_t* info, void* context) {
  (void)signal;
  check_pc(context);
  BUMP(itimer);
  if (info->si_code != SI_KERNEL) BUMP(bad_value);
}

static void on_usr1(int signal, siginfo_t* info, void* context) {
  (void)signal;
  check_pc(context);
  BUMP(usr1);
  if (info->si_code != SI_TKILL) BUMP(bad_value);
}

static void on_blocked(int signal, siginfo_t* info, void* context) {
  (void)info;
  check_pc(context);
  BUMP(blocked);
  storm_blocked_handler_ran(signal == storm_blocked_signal(kRestarting) ? kRestarting
                                                                        : kInterrupting);
}

static void handle(int signal, void (*handler)(int, siginfo_t*, void*), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  sigaction(signal, &action, NULL);
}

void storm_install_handlers(void) {
  find_own_code();
  for (int i = 0; i < kQueues; ++i) handle(storm_queue_signal(i), on_queued, SA_RESTART);
  for (int i = 0; i < kTimers; ++i)
    handle(storm_timer_signal(i), on_timer, i % 2 == 0 ? SA_RESTART : 0);
  handle(SIGALRM, on_itimer, SA_RESTART);
  handle(SIGVTALRM, on_itimer, 0);
  handle(SIGPROF, on_itimer, SA_RESTART);
  handle(SIGUSR1, on_usr1, SA_RESTART);
  handle(storm_blocked_signal(kRestarting), on_blocked, SA_RESTART);
  handle(storm_blocked_signal(kInterrupting), on_blocked, 0);
}

// Faults stay deliverable: a blocked SIGTRAP would change what a breakpoint does to the program.
void storm_block_all(void) {
  sigset_t all;
  sigfillset(&all);
  const int faults[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; ++i) sigdelset(&all, faults[i]);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
}

void storm_die(const char* what) {
  perror(what);
  exit(3);
}
