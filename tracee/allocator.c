// allocator [threads] [rounds]
// Exercises the C library's allocator from several threads. The program's malloc, calloc, realloc
// and free count what they are asked for, by whomever in the process, and pass it on: so the
// library's own are called as often as is counted, and from nowhere else. A realloc of nothing is a
// malloc here. Prints: mallocs, malloc_bytes, callocs, calloc_bytes, reallocs, realloc_bytes, frees
// (of something), null_frees, given and taken (sums of the pointers handed out and given back),
// live (blocks never given back), seconds, ok.
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "tracee.h"

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void __libc_free(void* block);

static atomic_ullong mallocs, malloc_bytes, callocs, calloc_bytes, reallocs, realloc_bytes, frees,
    null_frees, given, taken;
static atomic_int wrong;

static void* give(void* block) {
  atomic_fetch_add(&given, (uintptr_t)block);
  return block;
}

void* malloc(size_t size) {
  atomic_fetch_add(&mallocs, 1);
  atomic_fetch_add(&malloc_bytes, size);
  return give(__libc_malloc(size));
}

void* calloc(size_t count, size_t size) {
  atomic_fetch_add(&callocs, 1);
  atomic_fetch_add(&calloc_bytes, count * size);
  return give(__libc_calloc(count, size));
}

void* realloc(void* old, size_t size) {
  if (!old) return malloc(size);
  atomic_fetch_add(&reallocs, 1);
  atomic_fetch_add(&realloc_bytes, size);
  atomic_fetch_add(&taken, (uintptr_t)old);
  return give(__libc_realloc(old, size));
}

void free(void* block) {
  atomic_fetch_add(block ? &frees : &null_frees, 1);
  atomic_fetch_add(&taken, (uintptr_t)block);
  __libc_free(block);
}

static long rounds;
static pthread_barrier_t start, done, never;

static void expect(int held) {
  atomic_fetch_add(&wrong, held ? 0 : 1);
}

// Blocks live across rounds, so that threads are handed what others gave back.
static void* work(void* argument) {
  enum { kept = 8 };
  const unsigned me = (unsigned)(uintptr_t)argument;
  unsigned char* blocks[kept] = {0};
  size_t sizes[kept] = {0};
  pthread_barrier_wait(&start);
  for (long round = 0; round < rounds; ++round) {
    const int k = (int)(round % kept);
    for (size_t i = 0; i < sizes[k]; ++i) expect(blocks[k][i] == (unsigned char)(me + (unsigned)k));
    free(blocks[k]);
    sizes[k] = 1 + (size_t)(round * 37 + me * 11) % 900;
    blocks[k] = round % 3 ? malloc(sizes[k]) : calloc(1 + sizes[k] / 16, 16);
    if (round % 4 == 0) {
      sizes[k] = sizes[k] * 2 + 1;
      blocks[k] = realloc(blocks[k], sizes[k]);
    }
    memset(blocks[k], (int)(me + (unsigned)k), sizes[k]);
  }
  for (int k = 0; k < kept; ++k) free(blocks[k]);
  pthread_barrier_wait(&done);
  // A thread that ends frees its cache of freed blocks once more, by the library's own free.
  pthread_barrier_wait(&never);
  return NULL;
}

static void say(const char* key, unsigned long long value) {
  printf("%s=%llu\n", key, value);
}

int main(int argc, char** argv) {
  static char buffer[4096];  // what is printed must not be allocated
  const long threads = arg_long(argc, argv, 1, 4, 1, 64);
  rounds = arg_long(argc, argv, 2, 300, 1, 100000000);
  const double began = now_s();
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  pthread_barrier_init(&start, NULL, (unsigned)threads);
  pthread_barrier_init(&done, NULL, (unsigned)threads + 1);
  pthread_barrier_init(&never, NULL, (unsigned)threads + 1);
  pthread_t ids[64];
  for (long i = 0; i < threads; ++i)
    if (pthread_create(&ids[i], NULL, work, (void*)(uintptr_t)i)) return 1;
  pthread_barrier_wait(&done);
  say("mallocs", mallocs);
  say("malloc_bytes", malloc_bytes);
  say("callocs", callocs);
  say("calloc_bytes", calloc_bytes);
  say("reallocs", reallocs);
  say("realloc_bytes", realloc_bytes);
  say("frees", frees);
  say("null_frees", null_frees);
  say("given", given);
  say("taken", taken);
  say("live", mallocs + callocs - frees);
  printf("seconds=%.6f\n", now_s() - began);
  _exit(verdict(wrong == 0));  // without what would still be given back after it was counted
}
