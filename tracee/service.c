// service [hot-threads] [sandbox] [sandbox]
// Exercises: being attached to and left, again and again, in mid-load. Hot threads call `target` in
// a loop; others sleep in each kind of blocking call, with and without time-outs, and call `target`
// when they wake. No signal has a handler, so an EINTR is always somebody else's doing. Commands on
// standard input: `w N` opens a window: each hot thread makes N calls of `windowed` among those of
// `target`; answered by `window=TOTAL` when they are done. `q`, or the end of input, ends it.
// Prints: pid=N ready=1, and at the end arrivals=N windowed=N eintr=N eintr_KIND=N... failed=N
// ok=1; ok says that every call returned what it had to; EINTR is not part of it.
// A sandbox, entered when all is running: 1 a seccomp filter that kills for mmap, 2 one that
// refuses it, 3 PR_SET_MDWE (no memory may become executable), 4 a filter that allows it, 5 not
// dumpable: only root may open its memory from then on, 6 a thread that keeps the memory map busy,
// so that an mmap takes long.
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracee.h"

enum { kPause_ms = 20, kPopulated = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE };
static const uint64_t kLarge = 1ul << 40;

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t window_calls[ARRIVALS_WORDS];
static uint64_t failures;
static volatile int stop;
static volatile long window_size;
static volatile unsigned window_number;
static unsigned windows_done;
static int doorbell;  // an eventfd

__attribute__((noinline)) uint64_t windowed(uint64_t x) {
  __asm__ volatile("" : "+r"(x));
  return x ^ 0x5a;
}

static void failed(void) {
  __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

static void arrive(long me, uint64_t i) {
  ++*SLOT(arrivals, me);
  if (target(i) != i + 1) failed();
}

static void* remap(void* arg) {
  const size_t size = 256ul << 20;
  for (;;) munmap(mmap(NULL, size, PROT_READ | PROT_WRITE, kPopulated, -1, 0), size);
  return arg;
}

static int keep_map_busy(void) {
  pthread_t id;
  return pthread_create(&id, NULL, remap, NULL) || pthread_detach(id);
}

static int enter_sandbox(long kind) {
  const unsigned action = kind == 1   ? SECCOMP_RET_KILL_PROCESS
                          : kind == 2 ? SECCOMP_RET_ERRNO | EPERM
                                      : SECCOMP_RET_ALLOW;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof code[0], code};
  if (kind == 3) return prctl(65 /* PR_SET_MDWE */, 1, 0, 0, 0);
  if (kind == 5) return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (kind == 6) return keep_map_busy();
  if (kind == 0) return 0;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  unsigned seen = 0;
  // Numbers that 32 bits don't hold: `target` run from its second byte on would cut them.
  for (uint64_t i = kLarge; !stop; ++i) {
    arrive(me, i);
    if (seen == window_number) continue;
    seen = window_number;
    for (long n = window_size; n > 0; --n, ++i) {
      ++*SLOT(window_calls, me);
      if (windowed(i) != (i ^ 0x5a)) failed();
      arrive(me, i);
    }
    __atomic_fetch_add(&windows_done, 1, __ATOMIC_RELEASE);
  }
  return NULL;
}

// --- one function for each kind of blocking call: -1 with errno, or what the kind returns
// -----------

static struct timespec pause_time(void) {
  return (struct timespec){0, kPause_ms * 1000000L};
}

static int timed_socket(int type) {
  const int s = socket(AF_INET, type, 0);
  const struct timeval limit = {0, kPause_ms * 1000};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  bind(s, (struct sockaddr*)&here, sizeof here);
  if (type == SOCK_STREAM) listen(s, 1);
  return s;
}

static int in_epoll(void) {
  static __thread int poller = 0;
  struct epoll_event event;
  if (poller == 0) poller = epoll_create1(EPOLL_CLOEXEC);
  return epoll_wait(poller, &event, 1, kPause_ms);
}
static int in_endless_epoll(void) {
  static __thread int poller = 0;
  struct epoll_event event = {.events = EPOLLIN};
  if (poller == 0) {
    poller = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(poller, EPOLL_CTL_ADD, doorbell, &event);
  }
  const int got = epoll_wait(poller, &event, 1, -1);
  uint64_t rings;
  return got == 1 ? (int)read(doorbell, &rings, sizeof rings) : got;
}
static int in_nanosleep(void) {
  const struct timespec t = pause_time();
  return nanosleep(&t, NULL);
}
static int in_poll(void) {
  return poll(NULL, 0, kPause_ms);
}
static int in_select(void) {
  struct timeval t = {0, kPause_ms * 1000};
  return select(0, NULL, NULL, NULL, &t);
}
static int in_futex(void) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += kPause_ms * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_mutex_lock(&mutex);
  const int error = pthread_cond_timedwait(&never, &mutex, &until);
  pthread_mutex_unlock(&mutex);
  errno = error;
  return error == 0 ? 0 : -1;
}
static int in_accept(void) {
  static __thread int s = 0;
  if (s == 0) s = timed_socket(SOCK_STREAM);
  return accept(s, NULL, NULL);
}
static int in_recv(void) {
  static __thread int s = 0;
  char byte;
  if (s == 0) s = timed_socket(SOCK_DGRAM);
  return (int)recv(s, &byte, 1, 0);
}
static int in_semtimedop(void) {
  static __thread int set = -1;
  struct sembuf wanted = {0, -1, 0};
  const struct timespec t = pause_time();
  if (set < 0) set = semget(IPC_PRIVATE, 1, 0600);
  const int got = semtimedop(set, &wanted, 1, &t);
  const int error = errno;
  if (stop) semctl(set, 0, IPC_RMID);
  errno = error;
  return got;
}
static int in_sigtimedwait(void) {
  const struct timespec t = pause_time();
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGUSR1);
  return sigtimedwait(&wanted, NULL, &t);
}

static struct Kind {
  const char* name;
  int (*call)(void);
  uint64_t eintr;
} kinds[] = {{"epoll", in_epoll, 0},           {"endless_epoll", in_endless_epoll, 0},
             {"nanosleep", in_nanosleep, 0},   {"poll", in_poll, 0},
             {"select", in_select, 0},         {"futex", in_futex, 0},
             {"accept", in_accept, 0},         {"recv", in_recv, 0},
             {"semtimedop", in_semtimedop, 0}, {"sigtimedwait", in_sigtimedwait, 0}};
enum { kKinds = sizeof kinds / sizeof kinds[0] };

static void* blocked(void* arg) {
  const long kind = (long)(intptr_t)arg;
  for (uint64_t i = kLarge; !stop; ++i) {
    const int got = kinds[kind].call();
    const int timed_out = errno == ETIMEDOUT || errno == EAGAIN;
    if (got < 0 && errno == EINTR)
      ++kinds[kind].eintr;
    else if (got < 0 && !timed_out)
      failed();
    arrive(kMaxThreads - kKinds + kind, i);
  }
  return NULL;
}

// The last ring comes after `stop` was seen: nobody is left waiting for another.
static void* ring(void* arg) {
  const uint64_t one = 1;
  for (int last = 0; !last;) {
    in_nanosleep();
    last = stop;
    if (write(doorbell, &one, sizeof one) != sizeof one) failed();
  }
  return arg;
}

static void open_window(long size, long threads) {
  const uint64_t before = sum_words(window_calls, ARRIVALS_WORDS);
  __atomic_store_n(&windows_done, 0, __ATOMIC_RELEASE);
  window_size = size;
  __atomic_add_fetch(&window_number, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&windows_done, __ATOMIC_ACQUIRE) < threads) in_nanosleep();
  printf("window=%lu\n", sum_words(window_calls, ARRIVALS_WORDS) - before);
  fflush(stdout);
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 2, 0, kMaxThreads - kKinds - 1);
  pthread_t ids[kMaxThreads], ringer;
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, NULL);
  doorbell = eventfd(0, EFD_CLOEXEC);
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  for (long i = 0; i < kKinds; ++i)
    pthread_create(&ids[threads + i], NULL, blocked, (void*)(intptr_t)i);
  pthread_create(&ringer, NULL, ring, NULL);
  in_nanosleep();  // the C library's own mmaps are done
  if (enter_sandbox(arg_long(argc, argv, 2, 0, 0, 6)) != 0) failed();
  printf("pid=%d\nready=1\n", getpid());
  fflush(stdout);

  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL && line[0] != 'q')
    if (line[0] == 'w') open_window(strtol(line + 1, NULL, 10), threads);
  stop = 1;
  for (long i = 0; i < threads + kKinds; ++i) pthread_join(ids[i], NULL);
  pthread_join(ringer, NULL);

  uint64_t eintr = 0;
  for (int i = 0; i < kKinds; ++i) eintr += kinds[i].eintr;
  printf("arrivals=%lu\nwindowed=%lu\neintr=%lu\n", sum_words(arrivals, ARRIVALS_WORDS),
         sum_words(window_calls, ARRIVALS_WORDS), eintr);
  for (int i = 0; i < kKinds; ++i) printf("eintr_%s=%lu\n", kinds[i].name, kinds[i].eintr);
  printf("failed=%lu\n", failures);
  return verdict(failures == 0);
}
