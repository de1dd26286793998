// codes KIND [hot-threads] [library]
// Exercises: code that is no ordinary library, and code that goes, moves, changes, and comes back,
// while hot threads call `target` without end. The function in question adds 3, later 5.
// KIND: so (dlopen of the library's `windowed`), memfd-so (the same, of a copy in a memfd), memfd,
// memfd-shared (the bare function in a memfd, mapped private or shared), rwx (in anonymous memory
// that may be written), wx (the same, writable only while it is written). Commands on standard
// input, each answered by done=COMMAND and code=ADDRESS:
//   w N      each hot thread makes N calls of the function; answered by window=TOTAL before
//   drop     unmaps it, or dlclose;  same, other: it comes back at the same or at another address
//   move     mremap of its code      dontneed  MADV_DONTNEED of its code
//   rewrite  other instructions      patch     only the operand of the first one
//   trap     where it was before `drop`: memory that is full of int3
// `q`, or the end of input, ends it. Prints: pid=N, and at the end arrivals=N windowed=N failed=N
// ok=1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tracee.h"

typedef uint64_t Function(uint64_t);
enum { kPage = 4096 };

uint64_t arrivals[ARRIVALS_WORDS];
static uint64_t window_calls[ARRIVALS_WORDS];
static uint64_t failures;
static volatile int stop;
static volatile long window_size;
static volatile unsigned window_number;
static unsigned windows_done;

static const char *kind, *library;
static void* handle;  // of dlopen
static int file = -1;
static unsigned char* code;   // where the function is; NULL: nowhere
static unsigned char* place;  // its page, or where it was last
static volatile uint64_t added = 3;

static const unsigned char kFirst[] = {0x48, 0x8d, 0x47, 0x03, 0xc3};  // lea 3(%rdi),%rax; ret
static const unsigned char kSecond[] = {0x31, 0xc0, 0x48, 0x8d, 0x47, 0x05, 0xc3};  // xor; lea 5

static void check(int held) {
  if (!held) __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

static int is(const char* name) {
  return strcmp(kind, name) == 0;
}
static int is_library(void) {
  return is("so") || is("memfd-so");
}
static int is_anonymous(void) {
  return is("rwx") || is("wx");
}

static void fill_file(void) {
  file = memfd_create("code", 0);
  if (is_library()) {
    char bytes[kPage];
    const int from = open(library, O_RDONLY);
    for (ssize_t n; (n = read(from, bytes, sizeof bytes)) > 0;)
      check(write(file, bytes, (size_t)n) == n);
    close(from);
    return;
  }
  check(write(file, kFirst, sizeof kFirst) == sizeof kFirst && ftruncate(file, kPage) == 0);
}

static void open_library(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  handle = dlopen(is("so") ? library : path, RTLD_NOW);
  if (handle == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(3);
  }
  code = (unsigned char*)dlsym(handle, "windowed");
}

// `at`: NULL anywhere.
static void map_code(unsigned char* at) {
  const int fixed = at != NULL ? MAP_FIXED_NOREPLACE : 0;
  const int sharing = is("memfd-shared") ? MAP_SHARED : MAP_PRIVATE;
  if (is_anonymous()) {
    code = mmap(at, kPage, PROT_READ | PROT_WRITE | (is("rwx") ? PROT_EXEC : 0),
                MAP_PRIVATE | MAP_ANONYMOUS | fixed, -1, 0);
    memcpy(code, kFirst, sizeof kFirst);
    if (is("wx")) check(mprotect(code, kPage, PROT_READ | PROT_EXEC) == 0);
  } else {
    code = mmap(at, kPage, PROT_READ | PROT_EXEC, sharing | fixed, file, 0);
  }
  check(code != MAP_FAILED && (at == NULL || code == at));
  added = 3;
}

static void load(unsigned char* at) {
  if (is_library())
    open_library();
  else
    map_code(at);
  place = (unsigned char*)((uintptr_t)code & ~(uintptr_t)(kPage - 1));
}

static void drop(void) {
  if (is_library())
    check(dlclose(handle) == 0 && dlopen(library, RTLD_NOW | RTLD_NOLOAD) == NULL);
  else
    check(munmap(code, kPage) == 0);
  code = NULL;
}

static void* block(int rights) {
  return mmap(place, kPage, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
}

// What was at this place comes back elsewhere, as something else lies here.
static void come_back_elsewhere(void) {
  unsigned char* const before = place;
  check(block(PROT_NONE) == place);
  load(NULL);
  check(place != before);
}

static void move(void) {
  unsigned char* to = mmap(NULL, kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(mremap(place, kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
  code = to + (code - place);
  place = to;
}

static void write_code(size_t at, const unsigned char* bytes, size_t size) {
  if (is("wx")) check(mprotect(place, kPage, PROT_READ | PROT_WRITE) == 0);
  memcpy(code + at, bytes, size);
  if (is("wx")) check(mprotect(place, kPage, PROT_READ | PROT_EXEC) == 0);
  added = 5;
}

static void trap(void) {
  check(block(PROT_READ | PROT_WRITE | PROT_EXEC) == place);
  memset(place, 0xcc, kPage);
}

static void* hot(void* arg) {
  const long me = (long)(intptr_t)arg;
  unsigned seen = 0;
  for (uint64_t i = 0; !stop; ++i) {
    ++*SLOT(arrivals, me);
    check(target(i) == i + 1);
    if (seen == window_number) continue;
    seen = window_number;
    Function* const function = (Function*)(uintptr_t)code;
    for (long n = window_size; n > 0; --n) {
      ++*SLOT(window_calls, me);
      check(function((uint64_t)n) == (uint64_t)n + added);
    }
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
}

static void obey(const char* line, long threads) {
  const unsigned char five = 5;
  if (line[0] == 'w') open_window(strtol(line + 1, NULL, 10), threads);
  if (strcmp(line, "drop") == 0) drop();
  if (strcmp(line, "same") == 0) load(is_library() ? NULL : place);
  if (strcmp(line, "other") == 0) come_back_elsewhere();
  if (strcmp(line, "move") == 0) move();
  if (strcmp(line, "dontneed") == 0) check(madvise(place, kPage, MADV_DONTNEED) == 0);
  if (strcmp(line, "rewrite") == 0) write_code(0, kSecond, sizeof kSecond);
  if (strcmp(line, "patch") == 0) write_code(3, &five, 1);
  if (strcmp(line, "trap") == 0) trap();
  printf("code=0x%lx\ndone=%s\n", (unsigned long)(uintptr_t)code, line);
  fflush(stdout);
}

int main(int argc, char** argv) {
  kind = argc > 1 ? argv[1] : "rwx";
  library = argc > 3 ? argv[3] : "libwindowed.so";
  const long threads = arg_long(argc, argv, 2, 2, 1, kMaxThreads);
  pthread_t ids[kMaxThreads];
  if (strncmp(kind, "memfd", 5) == 0) fill_file();
  load(NULL);
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, hot, (void*)(intptr_t)i);
  printf("pid=%d\n", getpid());
  obey("ready", threads);

  char line[64];
  while (fgets(line, sizeof line, stdin) != NULL && line[0] != 'q') {
    line[strcspn(line, "\n")] = '\0';
    obey(line, threads);
  }
  stop = 1;
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  printf("arrivals=%lu\nwindowed=%lu\nfailed=%lu\n", sum_words(arrivals, ARRIVALS_WORDS),
         sum_words(window_calls, ARRIVALS_WORDS), failures);
  _exit(verdict(failures == 0));  // `move` may have taken a library's destructors away from it
}
