// deep SCENARIO
// Exercises: backtraces. Compiled without frame pointers, it gets to a place in `here` by a way
// whose functions the tests know by name, and stops there by a trap instruction. The scenarios:
//   recursion  main, f1, f2, f3, f3, f3, here
//   handler    main, interrupted, a SIGUSR1 handler on an alternate stack, here
//   callback   main, sorts, qsort of the C library, compare, here
//   vdso       main, asks, clock_gettime in the vdso; the trap is before it, in `asks`
//   bare       main, enters, a function in assembly that has a frame pointer and no call frame
//              information, here
//   jit        main, jits, the same function in memory that belongs to no file, here
//   thread     begins, runs, here, in a second thread
// Prints nothing.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define KEEP __attribute__((noinline, noclone))

static volatile int sink;

KEEP void here(void) {
  __asm__ volatile("int3" ::: "memory");
  sink++;
}

KEEP int f3(int depth) {
  volatile char room[100];
  room[depth] = (char)depth;
  if (depth > 0) {
    f3(depth - 1);
  } else {
    here();
  }
  return room[depth] + sink;
}

KEEP int f2(int depth) {
  volatile long room[40];
  room[depth] = f3(depth);
  return (int)room[depth] + 1;
}

KEEP int f1(int depth) {
  return f2(depth) + 1;
}

static void on_signal(int signal) {
  (void)signal;
  here();
  sink++;
}

KEEP int interrupted(void) {
  static char stack[64 * 1024];
  const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, NULL);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  return sink + 1;
}

static int compare(const void* a, const void* b) {
  here();
  return *(const int*)a - *(const int*)b + sink * 0;
}

KEEP int sorts(void) {
  int values[2] = {2, 1};
  qsort(values, 2, sizeof values[0], compare);
  return values[0];
}

KEEP int asks(void) {
  struct timespec now = {0, 0};
  __asm__ volatile("int3" ::: "memory");
  clock_gettime(CLOCK_MONOTONIC, &now);
  __asm__ volatile("int3" ::: "memory");
  return (int)now.tv_nsec;
}

// No .cfi directives: nothing describes it.
__asm__(
    ".text\n"
    ".type bare, @function\n"
    "bare:\n"
    "  push %rbp\n"
    "  mov %rsp, %rbp\n"
    "  sub $32, %rsp\n"
    "  call *%rdi\n"
    "  leave\n"
    "  ret\n"
    "bare_end:\n"
    ".size bare, bare_end - bare\n");
void bare(void (*callee)(void));
extern const char bare_end[];

KEEP int enters(void) {
  bare(here);
  return sink + 1;
}

KEEP int jits(void) {
  const size_t page = 4096;
  char* code = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) abort();
  memcpy(code, (const void*)&bare, (size_t)(bare_end - (const char*)&bare));
  if (mprotect(code, page, PROT_READ | PROT_EXEC) != 0) abort();
  void (*made)(void (*)(void));
  memcpy(&made, &code, sizeof made);
  made(here);
  return sink + 1;
}

KEEP int runs(void) {
  here();
  return sink + 1;
}

static void* begins(void* argument) {
  sink += runs();
  return argument;
}

KEEP int starts(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, begins, NULL) != 0) abort();
  pthread_join(thread, NULL);
  return sink + 1;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const char* scenario = argv[1];
  int result = 0;
  if (!strcmp(scenario, "recursion"))
    result = f1(2);
  else if (!strcmp(scenario, "handler"))
    result = interrupted();
  else if (!strcmp(scenario, "callback"))
    result = sorts();
  else if (!strcmp(scenario, "vdso"))
    result = asks();
  else if (!strcmp(scenario, "bare"))
    result = enters();
  else if (!strcmp(scenario, "jit"))
    result = jits();
  else if (!strcmp(scenario, "thread"))
    result = starts();
  else
    return 2;
  sink += result;
  return 0;
}
