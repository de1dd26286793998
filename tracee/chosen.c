// chosen [calls]
// Exercises: functions of which one implementation is chosen when the program starts (IFUNC): its
// own `pick`, whose resolver names the candidates, and `pick_by_asking`, whose resolver calls a
// function that does; and memcpy and strlen of the C library, by pointers. 0 calls: until standard
// input ends. Prints: picked, copies, lengths (calls of each), ok.
#include <string.h>

#include "tracee.h"

enum { kCopied = 777 };  // bytes a copy: nobody else in the process copies that many

static volatile uint64_t picked, copies, lengths;
static volatile int level = 2;

__attribute__((noinline)) uint64_t pick_none(uint64_t x) {
  return x;
}
__attribute__((noinline)) uint64_t pick_slow(uint64_t x) {
  ++picked;
  return x + 1;
}
__attribute__((noinline)) uint64_t pick_fast(uint64_t x) {
  ++picked;
  return x + 1;
}

typedef uint64_t (*Pick)(uint64_t);
static Pick by_level(void) {
  return level > 2 ? pick_none : level > 1 ? pick_fast : pick_slow;
}
static __attribute__((noinline)) Pick ask(void) {
  Pick chosen = by_level();
  __asm__ volatile("" : "+r"(chosen));  // not a jump
  return chosen;
}
static Pick resolve_pick(void) {
  return by_level();
}
static Pick resolve_asked(void) {
  return ask();
}
uint64_t pick(uint64_t x) __attribute__((ifunc("resolve_pick")));
uint64_t pick_by_asking(uint64_t x) __attribute__((ifunc("resolve_asked")));

static char from[kCopied + 1], to[kCopied + 1];

static uint64_t one_of_each(uint64_t x) {
  void* (*volatile copy)(void*, const void*, size_t) = memcpy;
  size_t (*volatile length)(const char*) = strlen;
  copy(to, from, kCopied);
  ++copies;
  if (length(to) != kCopied) exit(4);
  ++lengths;
  return pick_by_asking(pick(x)) - 1;
}

int main(int argc, char** argv) {
  const long calls = arg_long(argc, argv, 1, 100, 0, 100000000);
  memset(from, 'x', kCopied);
  uint64_t x = 0;
  uint64_t done = 0;
  for (long i = 0; another_round(i, calls); ++i, ++done) x = one_of_each(x);
  printf("picked=%lu\ncopies=%lu\nlengths=%lu\n", (unsigned long)picked, (unsigned long)copies,
         (unsigned long)lengths);
  return verdict(x == done && picked == 2 * done);
}
