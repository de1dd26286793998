// One call of `target` under watch, for storm: every register that neither `target` nor its caller
// may change holds a known value, the carry flag is set, and the red zone is filled. A signal that
// arrives anywhere on the way, and a tracer's handling of it, must leave all of that alone.
//
// uint64_t watched_call(uint64_t x): target(x), or 0 if anything else changed.
__asm__(
    ".text\n"
    ".p2align 4\n"
    ".globl watched_call\n"
    ".type watched_call, @function\n"
    "watched_call:\n"
    "  push %rbx\n  push %rbp\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
    "  sub $8, %rsp\n"
    "  mov $0x1b1b1b1b, %ebx\n  mov $0x2b2b2b2b, %ebp\n"
    "  mov $0x12121212, %r12d\n  mov $0x13131313, %r13d\n"
    "  mov $0x14141414, %r14d\n  mov $0x15151515, %r15d\n"
    "  mov $0x51515151, %esi\n  mov $0xd2d2d2d2, %edx\n  mov $0xc1c1c1c1, %ecx\n"
    "  mov $0x08080808, %r8d\n  mov $0x09090909, %r9d\n"
    "  mov $0x0a0a0a0a, %r10d\n  mov $0x0b0b0b0b, %r11d\n"
    "  movq %r12, %xmm0\n  movq %r15, %xmm15\n"
    "  mov %r13, -24(%rsp)\n"   // below the return address: target's red zone
    "  mov %r14, -128(%rsp)\n"
    "  stc\n"
    "  call target\n"
    ".globl watched_call_after\n"
    "watched_call_after:\n"
    "  jnc 1f\n"
    "  cmp $0x1b1b1b1b, %rbx\n  jne 1f\n  cmp $0x2b2b2b2b, %rbp\n  jne 1f\n"
    "  cmp $0x12121212, %r12\n  jne 1f\n  cmp $0x13131313, %r13\n  jne 1f\n"
    "  cmp $0x14141414, %r14\n  jne 1f\n  cmp $0x15151515, %r15\n  jne 1f\n"
    "  cmp $0x51515151, %rsi\n  jne 1f\n  cmp $0x08080808, %r8\n  jne 1f\n"
    "  cmp $0x09090909, %r9\n  jne 1f\n  cmp $0x0a0a0a0a, %r10\n  jne 1f\n"
    "  cmp $0x0b0b0b0b, %r11\n  jne 1f\n"
    "  mov $0xd2d2d2d2, %r8d\n  cmp %r8, %rdx\n  jne 1f\n"
    "  mov $0xc1c1c1c1, %r8d\n  cmp %r8, %rcx\n  jne 1f\n"
    "  movq %xmm0, %r8\n  cmp %r12, %r8\n  jne 1f\n"
    "  movq %xmm15, %r8\n  cmp %r15, %r8\n  jne 1f\n"
    "  cmp %r13, -24(%rsp)\n  jne 1f\n  cmp %r14, -128(%rsp)\n  jne 1f\n"
    "  jmp 2f\n"
    "1: xor %eax, %eax\n"
    "2: add $8, %rsp\n"
    "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbp\n  pop %rbx\n"
    "  ret\n"
    ".size watched_call, . - watched_call\n");
