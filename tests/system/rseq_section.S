# main has a restartable sequence from in_sequence to its end, described as librseq describes its own
# (section __rseq_cs). Nobody registers it: only the description matters to a tracer.
        .text
        .globl main
        .type main, @function
main:
        xor %eax, %eax
        .globl in_sequence
        .type in_sequence, @function
in_sequence:
        add $1, %rax
        sub $1, %rax
sequence_end:
        ret
        .long 0x53053053
abort_handler:
        ud2
        .size in_sequence, sequence_end - in_sequence
        .size main, . - main

        .section __rseq_cs, "aw"
        .balign 32
        .long 0, 0
        .quad in_sequence, sequence_end - in_sequence, abort_handler
        .section .note.GNU-stack, "", @progbits
