// Functions of the kinds that a symbol table and C debug information can hold, and nothing else: its
// ELF files must be small.
unsigned long counter = 7;
static unsigned hidden_counter = 5;
static volatile int sink;

static inline __attribute__((always_inline)) int inlined_only(int x) {
  sink ^= x;
  return x * 3;
}

__attribute__((noinline)) int alpha(int x) {
  sink += x;
  return x + 1;
}
int alpha_alias(int x) __attribute__((alias("alpha")));

static __attribute__((noinline)) int beta(int x) {
  hidden_counter += (unsigned)x;
  return inlined_only(x) + alpha(x);
}

int gamma_rays(int x) { return beta(x) + inlined_only(2 * x); }
