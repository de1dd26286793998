# The system-call instructions that tests put probes on, each under a global name.
#
# void sys(struct SysCall*): number and arguments from the struct, through the one at sys_site; result,
# RCX and R11 go back into it. void sys80(struct SysCall*): the same through int 80h, at sys80_site.
        .text
        .p2align 6
        .globl sys, sys_site, sys_next
        .type sys, @function
sys:
        push %rbx
        mov %rdi, %rbx
        mov 0(%rbx), %rax
        mov 8(%rbx), %rdi
        mov 16(%rbx), %rsi
        mov 24(%rbx), %rdx
        mov 32(%rbx), %r10
        .type sys_site, @function
sys_site:
        syscall
sys_next:
        mov %rax, 40(%rbx)
        mov %rcx, 48(%rbx)
        mov %r11, 56(%rbx)
        pop %rbx
        ret
        .size sys_site, 2
        .size sys, . - sys

        .p2align 6
        .globl sys80, sys80_site
        .type sys80, @function
sys80:
        push %rbx
        mov %rdi, %r9
        mov 0(%r9), %rax
        .type sys80_site, @function
sys80_site:
        int $0x80
        mov %rax, 40(%r9)
        pop %rbx
        ret
        .size sys80_site, 2
        .size sys80, . - sys80
        .section .note.GNU-stack, "", @progbits
