// bystander [hot-threads] [seconds]
// bystander [hot-threads] --requests N
// Exercises: threads that never come near the probe (an epoll server on a loopback socket, its
// client, a sleeping main thread) beside hot threads that do nothing but call `target`. A tracer
// that stops bystanders shows as EINTR in epoll_wait (which the kernel never restarts) and as fewer
// requests. Prints: arrivals=N requests=N requests_per_s=R p50_us=L p99_us=L seconds=S eintr=N
// ok=1; N of eintr is not part of ok.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "latency.h"
#include "tracee.h"

enum { kMessage = 64 };

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t wrong[ARRIVALS_WORDS];
static volatile int stop;
static long requests_wanted;  // 0: until `stop`
static uint64_t requests, eintr, bad_answers;
static double client_seconds;
static struct latency latency;

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  volatile uint64_t* count = SLOT(arrivals, me);
  for (uint64_t i = 0; !stop; ++i) {
    if (target(i) != i + 1) ++*SLOT(wrong, me);
    ++*count;
  }
  return NULL;
}

static void count_eintr(void) {
  __atomic_fetch_add(&eintr, 1, __ATOMIC_RELAXED);
}

// Waits with epoll, as a service does, and answers each message with its bytes reversed in sign.
static void* serve(void* arg) {
  const int connection = *(int*)arg;
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(poller, EPOLL_CTL_ADD, connection, &event);
  for (;;) {
    if (epoll_wait(poller, &event, 1, 1000) < 0) {
      if (errno == EINTR) count_eintr();
      continue;
    }
    unsigned char message[kMessage];
    const ssize_t got = recv(connection, message, sizeof message, MSG_DONTWAIT);
    if (got == 0) break;
    if (got < 0) continue;
    for (ssize_t i = 0; i < got; ++i) message[i] = (unsigned char)~message[i];
    send(connection, message, (size_t)got, MSG_NOSIGNAL);
  }
  close(poller);
  return NULL;
}

static int exchange(int connection, uint64_t number) {
  unsigned char message[kMessage], answer[kMessage];
  memset(message, (int)(number & 0xff), sizeof message);
  if (send(connection, message, sizeof message, MSG_NOSIGNAL) != sizeof message) return 0;
  for (size_t have = 0; have < sizeof answer;) {
    const ssize_t got = recv(connection, answer + have, sizeof answer - have, 0);
    if (got > 0)
      have += (size_t)got;
    else if (got < 0 && errno == EINTR)
      count_eintr();
    else
      return 0;
  }
  return answer[0] == (unsigned char)~message[0] && answer[kMessage - 1] == answer[0];
}

static void* drive(void* arg) {
  const int connection = *(int*)arg;
  const double began = now_s();
  double sent = began;
  while (!stop && (requests_wanted == 0 || requests < (uint64_t)requests_wanted)) {
    if (!exchange(connection, requests)) ++bad_answers;
    ++requests;
    const double answered = now_s();
    latency_note(&latency, answered - sent);
    sent = answered;
  }
  client_seconds = now_s() - began;
  shutdown(connection, SHUT_RDWR);
  return NULL;
}

static void die(const char* what) {
  perror(what);
  exit(3);
}

// A connected pair on 127.0.0.1; the port is the kernel's choice.
static void connect_pair(int* server, int* client) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  *client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0) die("bind");
  if (listen(listener, 1) != 0) die("listen");
  if (getsockname(listener, (struct sockaddr*)&address, &length) != 0) die("getsockname");
  if (connect(*client, (struct sockaddr*)&address, sizeof address) != 0) die("connect");
  *server = accept(listener, NULL, NULL);
  if (*server < 0) die("accept");
  close(listener);
  const int on = 1;
  setsockopt(*server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(*client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Main is a bystander too: asleep to an absolute time, and an EINTR there is one too many.
static void wait_for_the_end(double seconds, pthread_t client) {
  if (requests_wanted > 0) {
    pthread_join(client, NULL);
    stop = 1;
    return;
  }
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  const int64_t at = (int64_t)end.tv_nsec + (int64_t)(seconds * 1e9);
  end.tv_sec += (time_t)(at / 1000000000);
  end.tv_nsec = (long)(at % 1000000000);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) count_eintr();
  stop = 1;
  pthread_join(client, NULL);
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 1, 0, kMaxThreads);
  double seconds = 1;
  if (argc > 2 && strcmp(argv[2], "--requests") == 0) {
    requests_wanted = arg_long(argc, argv, 3, 1000, 1, 100000000);
  } else if (argc > 2 && (seconds = atof(argv[2])) <= 0) {
    fprintf(stderr, "%s: seconds must be more than 0, not '%s'\n", argv[0], argv[2]);
    return 2;
  }
  int server_end, client_end;
  connect_pair(&server_end, &client_end);
  pthread_t hot_ids[kMaxThreads], server, client;
  pthread_create(&server, NULL, serve, &server_end);
  for (long i = 0; i < threads; ++i) pthread_create(&hot_ids[i], NULL, hot, (void*)(intptr_t)i);
  pthread_create(&client, NULL, drive, &client_end);
  wait_for_the_end(seconds, client);
  for (long i = 0; i < threads; ++i) pthread_join(hot_ids[i], NULL);
  pthread_join(server, NULL);

  printf("arrivals=%lu\nrequests=%lu\nrequests_per_s=%.0f\nseconds=%.6f\neintr=%lu\n",
         (unsigned long)sum_words(arrivals, ARRIVALS_WORDS), (unsigned long)requests,
         (double)requests / client_seconds, client_seconds, (unsigned long)eintr);
  printf("p50_us=%.2f\np99_us=%.2f\n", latency_us(&latency, 0.5), latency_us(&latency, 0.99));
  return verdict(bad_answers == 0 && sum_words(wrong, ARRIVALS_WORDS) == 0);
}
