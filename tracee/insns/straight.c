// Runs each instruction of straight.def in its probed form and in its twin, from the same state, and
// compares every register, the flags, the stack, the vectors and the memory afterwards.
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "insns.h"

enum { kBuffer = 1024, kCells = 64 };

typedef struct {
  uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
  uint64_t flags, rsp, top, saved, unused;
  uint8_t vectors[4][32];
} State;
_Static_assert(offsetof(State, vectors) == 160, "straight.S knows this offset");

__thread State state __attribute__((aligned(32)));
// What RIP-relative operands address: one to write, one that never changes.
_Alignas(64) uint8_t cells[kCells];
_Alignas(64) const uint8_t consts[kCells] = {5,    0x41, 3,    0xff, 0x7f, 1,    0x80, 2,
                                             0x78, 0x56, 0x34, 0x12, 0,    0,    0xf0, 0x3f,
                                             9,    8,    7,    6,    5,    4,    3,    2};
static pthread_mutex_t cells_lock = PTHREAD_MUTEX_INITIALIZER;

// All that an instruction can read or change.
typedef struct {
  State state;
  uint8_t cells[kCells];
  _Alignas(64) uint8_t source[kBuffer], destination[kBuffer];
} World;

static uint64_t next(uint64_t* seed) {  // splitmix64
  uint64_t z = *seed += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static void fill(void* bytes, size_t size, uint64_t* seed) {
  for (size_t i = 0; i < size; i += 8) {
    const uint64_t word = next(seed);
    memcpy((uint8_t*)bytes + i, &word, 8);
  }
}

// Buffers are compared by their contents, so that both runs use the same two at the same addresses.
static _Thread_local _Alignas(64) uint8_t source[kBuffer], destination[kBuffer];

static void set_up(uint64_t seed, int own_cells) {
  enum { kStatusFlags = 0x8d5 };
  fill(&state, sizeof state, &seed);
  fill(source, sizeof source, &seed);
  fill(destination, sizeof destination, &seed);
  if (seed & 1) memcpy(destination, source, 8);  // let cmps and cmpxchg find something equal
  if (own_cells) {
    uint64_t fixed = 42;
    fill(cells, sizeof cells, &fixed);
    cells[0] = 5;
    if (seed & 2) memcpy(&state.rax, cells, 8), memcpy(&state.rdx, cells + 8, 8);
  }
  state.flags = (state.flags & kStatusFlags) | 2;
  state.rcx = 1 + (state.rcx & 15);
  state.rsi = (uint64_t)(uintptr_t)source;
  state.rdi = (uint64_t)(uintptr_t)destination;
}

static __attribute__((noinline)) void run_one(void (*function)(void), World* after, uint64_t seed,
                                              int own_cells) {
  set_up(seed, own_cells);
  function();
  after->state = state;
  after->state.saved = 0;
  if (after->state.rsp >= state.saved - 128) after->state.top = 0;  // nothing was pushed
  if (own_cells) memcpy(after->cells, cells, sizeof cells);
  memcpy(after->source, source, sizeof source);
  memcpy(after->destination, destination, sizeof destination);
}

// Who writes the shared cells needs them alone; the rest run side by side.
static int run_straight(const Case* self, uint64_t random) {
  static _Thread_local World probed, twin;
  memset(&probed, 0, sizeof probed);
  memset(&twin, 0, sizeof twin);
  if (self->locked) pthread_mutex_lock(&cells_lock);
  run_one(self->probed, &probed, random, self->locked);
  run_one(self->twin, &twin, random, self->locked);
  if (self->locked) pthread_mutex_unlock(&cells_lock);
  return memcmp(&probed, &twin, sizeof probed) == 0 ? 1 : kWrong;
}

#define READS 0
#define WRITES 1
#define STRAIGHT(name, feature, cells, ...) \
  ARRIVALS(name);                           \
  void fn_##name(void);                     \
  void twin_##name(void);
#define STRAIGHT_AVX STRAIGHT
#include "straight.def"
#undef STRAIGHT

Case* straight_cases(void) {
  static Case table[] = {
#define STRAIGHT(name, feature, cells, ...) \
  {#name, feature, insn_##name##_arrivals, run_straight, fn_##name, twin_##name, cells},
#include "straight.def"
      {0}};
  return table;
}
