// insns [threads] [calls-per-thread] [case...]
// insns --list
// Exercises: one probed instruction (label insn_NAME) of every class that a tracer must relocate,
// run by several threads at once, its results checked: straight.def lists those that run on to the
// next one, flow.S the branches, faults.S the ones that raise signals. With case names, only those.
// Prints: a line insn_NAME=ARRIVALS for each case that this CPU can run, wrong_NAME=N where results
// were wrong, then arrivals=N wrong=N lost_steps=N (see faults.c)
// ok=1. Each count is also in the global insn_NAME_arrivals.
#include <pthread.h>
#include <string.h>

#include "insns.h"

enum { kMaxCases = 256 };
static Case* cases[kMaxCases];
static uint64_t wrong[kMaxCases];
static int case_count;
static int any_faults;
static long threads, calls;
static pthread_barrier_t start;

static int cpu_has(const char* feature) {
  const struct {
    const char* name;
    int present;
  } known[] = {{"", 1},
               {"ssse3", __builtin_cpu_supports("ssse3")},
               {"sse4.1", __builtin_cpu_supports("sse4.1")},
               {"sse4.2", __builtin_cpu_supports("sse4.2")},
               {"avx", __builtin_cpu_supports("avx")},
               {"avx2", __builtin_cpu_supports("avx2")},
               {"fma", __builtin_cpu_supports("fma")},
               {"bmi", __builtin_cpu_supports("bmi")},
               {"bmi2", __builtin_cpu_supports("bmi2")},
               {"avx512vl", __builtin_cpu_supports("avx512vl")}};
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i)
    if (strcmp(feature, known[i].name) == 0) return known[i].present != 0;
  return 0;
}

static int wanted(const char* name, int count, char** names) {
  for (int i = 0; i < count; ++i)
    if (strcmp(name, names[i]) == 0) return 1;
  return count == 0;
}

static void choose(int count, char** names) {
  Case* tables[] = {straight_cases(), flow_cases(), fault_cases()};
  for (size_t t = 0; t < sizeof tables / sizeof *tables; ++t)
    for (Case* c = tables[t]; c->name != NULL && case_count < kMaxCases; ++c)
      if (cpu_has(c->feature) && wanted(c->name, count, names)) {
        cases[case_count++] = c;
        any_faults |= tables[t] == fault_cases();
      }
}

static uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Half of the threads go through the table from elsewhere, so that the same case is run by several
// threads at once and different ones run side by side too.
static void* work(void* arg) {
  const long me = (long)(intptr_t)arg;
  pthread_barrier_wait(&start);
  for (int k = 0; k < case_count; ++k) {
    const int at = (k + (int)(me / 2) * 7) % case_count;
    for (long i = 0; i < calls; ++i) {
      const int made = cases[at]->run(cases[at], mix((uint64_t)me << 40 | (uint64_t)i));
      if (made == kWrong) __atomic_fetch_add(&wrong[at], 1, __ATOMIC_RELAXED);
      else *SLOT(cases[at]->arrivals, me) += (uint64_t)made;
    }
  }
  return NULL;
}

static int report(void) {
  uint64_t all = 0, all_wrong = 0;
  for (int i = 0; i < case_count; ++i) {
    const uint64_t made = sum_words(cases[i]->arrivals, kMaxInsnThreads * kWordsPerSlot);
    printf("insn_%s=%lu\n", cases[i]->name, (unsigned long)made);
    if (wrong[i] != 0) printf("wrong_%s=%lu\n", cases[i]->name, (unsigned long)wrong[i]);
    all += made;
    all_wrong += wrong[i];
  }
  printf("cases=%d\narrivals=%lu\nwrong=%lu\nlost_steps=%lu\n", case_count, (unsigned long)all,
         (unsigned long)all_wrong, (unsigned long)lost_steps);
  return verdict(all_wrong == 0 && lost_steps <= 2 + all / 1000);
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    choose(0, NULL);
    for (int i = 0; i < case_count; ++i) printf("%s\n", cases[i]->name);
    return 0;
  }
  threads = arg_long(argc, argv, 1, 4, 1, kMaxInsnThreads);
  calls = arg_long(argc, argv, 2, 200, 0, 100000000);
  choose(argc > 3 ? argc - 3 : 0, argv + 3);
  if (case_count == 0) {
    fprintf(stderr, "%s: no such case; try --list\n", argv[0]);
    return 2;
  }
  if (any_faults) install_fault_handlers();
  pthread_t ids[kMaxInsnThreads];
  pthread_barrier_init(&start, NULL, (unsigned)threads);
  for (long i = 0; i < threads; ++i) pthread_create(&ids[i], NULL, work, (void*)(intptr_t)i);
  for (long i = 0; i < threads; ++i) pthread_join(ids[i], NULL);
  return report();
}
