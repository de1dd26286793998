# Instructions that raise signals. The label insn_NAME is on the instruction under test; handlers in
# faults.c repair a register and return to it, or step over it.
        .macro begin name
        .p2align 5
        .globl fn_\name, insn_\name
        .type fn_\name, @function
        .type insn_\name, @function
fn_\name:
        .endm
        .macro end name
        .size fn_\name, . - fn_\name
        .endm

        .text
        begin ud2
insn_ud2: ud2
        lea 1(%rdi), %rax
        ret
        end ud2

        begin hlt
insn_hlt: hlt
        lea 1(%rdi), %rax
        ret
        end hlt

        begin int3
insn_int3: int3
        lea 1(%rdi), %rax
        ret
        end int3

        # 0 * 2^64 + rdi divided by rsi, which the handler repairs
        begin div
        mov %rdi, %rax
        xor %edx, %edx
insn_div: div %rsi
        ret
        end div

        begin segv_load
insn_segv_load: mov 8(%rsi), %rax
        ret
        end segv_load

        begin segv_rep
        mov %rdi, %rcx
        lea -128(%rsp), %rdi
insn_segv_rep: rep movsb
        mov %rcx, %rax
        ret
        end segv_rep

        # The operand faults: nothing may have been pushed when the handler looks.
        begin segv_call
        mov %rsp, %rdx
insn_segv_call: call *(%rsi)
        sub %rsp, %rdx
        mov %rdx, %rax
        ret
        end segv_call

        # The target faults: the return address has been pushed, and is the original one.
        begin call_wild
        .globl after_call_wild
insn_call_wild: call *%rsi
after_call_wild:
        lea 1(%rdi), %rax
        ret
        end call_wild

        .globl returns_at_once
        .type returns_at_once, @function
returns_at_once:
        ret
        .size returns_at_once, . - returns_at_once

# The program single-steps itself: popf sets TF, and each instruction from the next one on traps when it
# is done, up to the popf that clears TF.
        .macro stepped site1, site2, site3, site4
        pushfq
        orq $0x100, (%rsp)
\site1: popfq
\site2: lea 1(%rdi), %rax
\site3: call returns_at_once
\site4: pushfq
        andq $-257, (%rsp)
        popfq
        nop
        ret
        .endm
        .p2align 5
        .globl fn_stepped_plain
        .type fn_stepped_plain, @function
fn_stepped_plain:
        stepped 11, 12, 13, 14
        .size fn_stepped_plain, . - fn_stepped_plain
        # Where the traps come, from the function's start; 0 is in returns_at_once.
        .section .rodata
        .globl step_offsets
        .p2align 2
step_offsets:
        .long 13b - fn_stepped_plain, 0, 14b - fn_stepped_plain, 14b + 1 - fn_stepped_plain
        .long 14b + 9 - fn_stepped_plain, 14b + 10 - fn_stepped_plain
        .text

        begin popf_tf
        stepped insn_popf_tf, 12, 13, 14
        end popf_tf
        begin stepped_lea
        stepped 11, insn_stepped_lea, 13, 14
        end stepped_lea
        begin stepped_call
        stepped 11, 12, insn_stepped_call, 14
        end stepped_call
        begin stepped_pushf
        stepped 11, 12, 13, insn_stepped_pushf
        end stepped_pushf
        .section .note.GNU-stack, "", @progbits
