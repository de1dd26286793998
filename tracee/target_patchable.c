// `target` as uftrace wants it: with room at its beginning (-fpatchable-function-entry) for a call
// that is patched in when it is to be traced.
#include "tracee.h"

__attribute__((noinline, noclone)) uint64_t target(uint64_t x) {
  __asm__ volatile("" : "+r"(x));
  return x + 1;
}
