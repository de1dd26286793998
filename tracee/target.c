// The probed function that the tracees share. Hand-written, so that its first instruction is known:
// four bytes, not one that kernel uprobes emulate, and not idempotent. A tracer that skips it
// returns x where x + 1 is due, one that runs it twice returns x + 2; callers check. With
// TARGET_PUSHES it is the commonest of those that uprobes do emulate, for the benchmarks.
__asm__(
    ".text\n"
    ".p2align 6\n"
    ".globl target\n"
    ".type target, @function\n"
    "target:\n"
#ifdef TARGET_PUSHES
    "  push %rbp\n"
    "  lea 1(%rdi), %rax\n"
    "  pop %rbp\n"
#else
    "  lea 1(%rdi), %rdi\n"
    "  mov %rdi, %rax\n"
#endif
    "  ret\n"
    ".size target, . - target\n");

#ifdef FLOOR_SCRATCH
// Room in the text that nobody runs: bench/floor puts its one slot here, so that it needs no mmap.
__asm__(
    ".text\n"
    ".p2align 6\n"
    ".globl floor_scratch\n"
    ".type floor_scratch, @function\n"
    "floor_scratch:\n"
    "  .fill 64, 1, 0x90\n"
    "  ud2\n"
    ".size floor_scratch, . - floor_scratch\n");
#endif
