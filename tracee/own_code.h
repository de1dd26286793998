// Which addresses a program may rightly find itself interrupted at: executable mappings of its own
// files, and the vdso. Anything else in a signal's context is a tracer's scratch page showing through.
#ifndef SIDESTEP_OWN_CODE_H
#define SIDESTEP_OWN_CODE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

enum { kMaxRanges = 64 };
static struct {
  uintptr_t begin, end;
} own_code[kMaxRanges];
static int own_code_count;

// Reads /proc/self/maps once, before there are other threads.
static inline void find_own_code(void) {
  FILE* maps = fopen("/proc/self/maps", "r");
  char line[4352], rights[8];
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
    unsigned long begin, end;
    int name = 0;
    if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &begin, &end, rights, &name) < 3) continue;
    const char* path = line + name;
    const int is_file = path[0] == '/' && strncmp(path, "/memfd:", 7) != 0;
    if (rights[2] != 'x' || (!is_file && strncmp(path, "[vdso]", 6) != 0)) continue;
    if (own_code_count == kMaxRanges) break;
    own_code[own_code_count].begin = begin;
    own_code[own_code_count++].end = end;
  }
  if (maps != NULL) fclose(maps);
}

static inline int in_own_code(uintptr_t address) {
  for (int i = 0; i < own_code_count; ++i)
    if (address >= own_code[i].begin && address < own_code[i].end) return 1;
  return 0;
}

static inline uintptr_t context_pc(const void* context) {
  return (uintptr_t)((const ucontext_t*)context)->uc_mcontext.gregs[REG_RIP];
}

#endif
