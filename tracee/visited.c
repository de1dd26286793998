// visited [how] [hot-threads] [unasked]
// Exercises: being traced where tracing is restricted. Hot threads call `target` without end. `w N`
// on standard input opens a window: each of them makes N calls of `windowed`, answered by
// `window=TOTAL`. `q`, or the end of input, ends it. With [unasked], for a launch: the main thread
// makes so many calls of `windowed`, and the program ends.
// how: 0 nothing special, 1 not dumpable, 2 PR_SET_MDWE, 3 a seccomp filter that kills for mmap,
// 4 one that refuses mmap, 5 one that allows it, 6 one that kills for an anonymous mapping of code,
// under which it execs itself.
// Prints: pid=N ready=1, and at the end arrivals=N windowed=N failed=N ok=1
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tracee.h"

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t window_calls[ARRIVALS_WORDS];
static uint64_t failures;
static volatile int stop;
static volatile long window_size;
static volatile unsigned window_number;
static unsigned windows_done;

uint64_t windowed(uint64_t x);  // x + 3

static void check(int held) {
  if (!held) __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

// The linker maps code too, but from files.
static int filter_anonymous_code(void) {
  const unsigned args = offsetof(struct seccomp_data, args);
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, args + 2 * 8),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, args + 3 * 8),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof code[0], code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static int filter_mmap(unsigned action) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof code[0], code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

static int enter(long how) {
  if (how == 1) return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (how == 2) return prctl(65 /* PR_SET_MDWE */, 1 /* REFUSE_EXEC_GAIN */, 0, 0, 0);
  if (how == 3) return filter_mmap(SECCOMP_RET_KILL_PROCESS);
  if (how == 4) return filter_mmap(SECCOMP_RET_ERRNO | EPERM);
  return how == 5 ? filter_mmap(SECCOMP_RET_ALLOW) : 0;
}

static void call_windowed(long me, long n) {
  for (; n > 0; --n) {
    ++*SLOT(window_calls, me);
    check(windowed((uint64_t)n) == (uint64_t)n + 3);
  }
}

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  unsigned seen = 0;
  for (uint64_t i = 0; !stop; ++i) {
    ++*SLOT(arrivals, me);
    check(target(i) == i + 1);
    if (seen == window_number) continue;
    seen = window_number;
    call_windowed(me, window_size);
    __atomic_fetch_add(&windows_done, 1, __ATOMIC_RELEASE);
  }
  return NULL;
}

static void open_window(long size, long threads) {
  const uint64_t before = sum_words(window_calls, ARRIVALS_WORDS);
  __atomic_store_n(&windows_done, 0, __ATOMIC_RELEASE);
  window_size = size;
  __atomic_add_fetch(&window_number, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&windows_done, __ATOMIC_ACQUIRE) < threads) usleep(1000);
  printf("window=%lu\n", sum_words(window_calls, ARRIVALS_WORDS) - before);
  fflush(stdout);
}

int main(int argc, char** argv) {
  const long how = arg_long(argc, argv, 1, 0, 0, 6);
  const long threads = arg_long(argc, argv, 2, 1, 0, kMaxThreads - 1);
  const long unasked = arg_long(argc, argv, 3, 0, 0, 1000000);
  if (how == 6) {
    argv[1] = "0";
    if (filter_anonymous_code() == 0) execv("/proc/self/exe", argv);
    return 3;
  }
  pthread_t ids[kMaxThreads];
  char line[64], out[256];
  setvbuf(stdout, out, _IOFBF, sizeof out);  // no mmap by the C library from here on
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  check(enter(how) == 0);
  printf("pid=%d\nready=1\n", getpid());
  fflush(stdout);
  if (unasked) call_windowed(kMaxThreads - 1, unasked);
  if (!unasked) setvbuf(stdin, NULL, _IONBF, 0);
  while (!unasked && fgets(line, sizeof line, stdin) != NULL && line[0] != 'q')
    if (line[0] == 'w') open_window(strtol(line + 1, NULL, 10), threads);
  stop = 1;
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  printf("arrivals=%lu\nwindowed=%lu\nfailed=%lu\n", sum_words(arrivals, ARRIVALS_WORDS),
         sum_words(window_calls, ARRIVALS_WORDS), failures);
  return verdict(failures == 0);
}
