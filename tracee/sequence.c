// sequence [calls] [--retry | --wait]
// Exercises: a restartable sequence (rseq) that no section of the file declares: its descriptor is
// made at run time. The sequence adds 1 to a counter. If it is aborted, an ordinary addition does
// it instead, or, with --retry, it is tried again until it succeeds. --wait: begins at the first
// line of standard input. Prints: arrivals=N (entries into the sequence) commits=N aborts=N ok=1;
// ok: the counter is right.
#include <linux/rseq.h>
#include <stddef.h>
#include <string.h>
#include <sys/rseq.h>
#include <unistd.h>

#include "tracee.h"

uint64_t arrivals;
static uint64_t commits, aborts, counter;

// 1: done; 0: aborted. `field` is the thread's rseq_cs.
int sequence_run(uint64_t* count, uint64_t* field, struct rseq_cs* sequence);
extern const char sequence_start[], sequence_end[], sequence_abort[];
__asm__(
    ".text\n"
    ".p2align 4\n"
    ".globl sequence_run\n"
    ".type sequence_run, @function\n"
    "sequence_run:\n"
    "  xor %eax, %eax\n"  // for a probe: a stop right behind the next one is inside already
    "  mov %rdx, (%rsi)\n"
    "sequence_start:\n"
    "  mov (%rdi), %rax\n"
    "  lea 1(%rax), %rax\n"
    "  mov %rax, (%rdi)\n"
    "sequence_end:\n"
    "  movq $0, (%rsi)\n"
    "  mov $1, %eax\n"
    "  ret\n"
    "  .byte 0x0f, 0xb9, 0x3d\n"  // ud1 of an operand that is the signature
    "  .long 0x53053053\n"
    "sequence_abort:\n"
    "  xor %eax, %eax\n"
    "  ret\n"
    ".size sequence_run, . - sequence_run\n"
    // The probe's name.
    ".globl in_sequence\n"
    ".type in_sequence, @function\n"
    ".set in_sequence, sequence_start\n"
    ".size in_sequence, sequence_end - sequence_start\n");

static void once(uint64_t* field, struct rseq_cs* sequence, int retry) {
  for (;;) {
    ++arrivals;
    if (sequence_run(&counter, field, sequence)) {
      ++commits;
      return;
    }
    ++aborts;
    if (!retry) break;
  }
  ++counter;
}

int main(int argc, char** argv) {
  const long calls = arg_long(argc, argv, 1, 100, 0, 100000000);
  const int retry = argc > 2 && strcmp(argv[2], "--retry") == 0;
  if (__rseq_size == 0) {
    fprintf(stderr, "the C library has registered no rseq area\n");
    return 3;
  }
  if (argc > 2 && strcmp(argv[2], "--wait") == 0) {
    char line[64];
    printf("ready=1\n");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) return 3;
  }
  uint64_t* const field = (uint64_t*)((char*)__builtin_thread_pointer() + __rseq_offset +
                                      offsetof(struct rseq, rseq_cs));
  static struct rseq_cs sequence __attribute__((aligned(32)));
  sequence.start_ip = (uintptr_t)sequence_start;
  sequence.post_commit_offset = (uint64_t)(sequence_end - sequence_start);
  sequence.abort_ip = (uintptr_t)sequence_abort;
  for (long i = 0; i < calls; ++i) once(field, &sequence, retry);
  printf("arrivals=%lu\ncommits=%lu\naborts=%lu\n", arrivals, commits, aborts);
  return verdict(counter == (uint64_t)calls);
}
