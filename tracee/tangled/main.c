// tangled [rounds]
// tangled --labels
// Exercises: text that is not one instruction after the other (tangled.S): jump tables, constants and
// texts among the instructions, instructions within others, a second entry into a function, calls
// over data, calls that do not come back. For a tracer that arms "every instruction".
// Prints: arrivals=N (calls of these functions), ok=1 if each did what it should and no byte of data
// was changed. With --labels: KIND NAME OFFSET [END] of each place of labels.def.
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA(name) extern const unsigned char name[], name##_end[], name##_copy[];
#define CODE(name) extern const unsigned char code_##name[] __asm__(#name);
#define INSIDE(name) extern const unsigned char name[];
#define UNPROVED(name) extern const unsigned char name[];
#include "tangled/labels.def"
#undef DATA
#undef CODE
#undef INSIDE
#undef UNPROVED

uint64_t pick(uint64_t n);
uint64_t scaled(uint64_t x);
uint64_t two_doors(uint64_t x);
uint64_t second_door(uint64_t x);
const char* inline_text(void);
const char* inline_code(void);
uint64_t leaves(jmp_buf* where);
uint64_t leaves_again(jmp_buf* where);
uint64_t factor_of_leaves(void);
void maybe_locked(volatile uint64_t* counter, int locked);
uint64_t hidden(uint64_t x, int add);

extern const unsigned char __executable_start[];

static const struct {
  const char *kind, *name;
  const unsigned char *begin, *end, *copy;
} places[] = {
#define DATA(name) {"data", #name, name, name##_end, name##_copy},
#define CODE(name) {"code", #name, code_##name, code_##name + 1, NULL},
#define INSIDE(name) {"inside", #name, name, name + 1, NULL},
#define UNPROVED(name) {"unproved", #name, name, name + 1, NULL},
#include "tangled/labels.def"
};
enum { kPlaces = sizeof places / sizeof *places };

static uint64_t calls;
static int wrong;

static void check(const char* what, uint64_t got, uint64_t wanted) {
  ++calls;
  if (got == wanted) return;
  printf("%s: %#lx, not %#lx\n", what, (unsigned long)got, (unsigned long)wanted);
  ++wrong;
}

void leave_for_good(jmp_buf* where) {
  longjmp(*where, 1);
}

static void check_leaving(void) {
  jmp_buf where;
  check("leaves(0)", leaves(NULL), 1);
  if (setjmp(where) == 0) {
    leaves(&where);
    ++wrong;
  }
  if (setjmp(where) == 0) {
    leaves_again(&where);
    ++wrong;
  }
  calls += 2;
  uint64_t factor;
  memcpy(&factor, after_leave_again_copy, sizeof factor);
  check("factor_of_leaves", factor_of_leaves(), factor);
}

static void one_round(uint64_t round) {
  uint64_t factor;
  memcpy(&factor, scaled_factor_copy, sizeof factor);
  for (uint64_t n = 0; n < 3; ++n) check("pick", pick(n), 10 * (n + 1));
  check("scaled", scaled(round), round * factor);
  check("two_doors", two_doors(round), round + 2);
  check("second_door", second_door(round), round + 1);
  check("inline_text", (uint64_t)strcmp(inline_text(), (const char*)inline_text_words_copy), 0);
  check("inline_code", (uint64_t)memcmp(inline_code(), inline_code_words_copy, 13), 0);
  volatile uint64_t counter = round;
  maybe_locked(&counter, 0);
  maybe_locked(&counter, 1);
  calls += 1;
  check("maybe_locked", counter, round + 2);
  check("hidden, past", hidden(round, 0), round);
  check("hidden, into", hidden(round, 1), round + 7);
  check_leaving();
}

static void check_data(void) {
  for (int n = 0; n < kPlaces; ++n) {
    if (places[n].copy == NULL) continue;
    const size_t size = (size_t)(places[n].end - places[n].begin);
    if (memcmp(places[n].begin, places[n].copy, size) == 0) continue;
    printf("%s was changed\n", places[n].name);
    ++wrong;
  }
}

static int print_labels(void) {
  for (int n = 0; n < kPlaces; ++n)
    printf("%s %s %ld %ld\n", places[n].kind, places[n].name,
           (long)(places[n].begin - __executable_start),
           (long)(places[n].end - __executable_start));
  return 0;
}

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "--labels") == 0) return print_labels();
  const uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 3;
  for (uint64_t round = 0; round < rounds; ++round) {
    one_round(round);
    check_data();
  }
  printf("arrivals=%lu\nok=%d\n", (unsigned long)calls, wrong == 0);
  return wrong == 0 ? 0 : 3;
}
