// The function that is called only when the test says so. Hand-written, so that no compiler clones or
// folds it.
__asm__(
    ".text\n"
    ".p2align 4\n"
    ".globl windowed\n"
    ".type windowed, @function\n"
    "windowed:\n"
    "  lea 3(%rdi), %rax\n"
    "  ret\n"
    ".size windowed, . - windowed\n");
