# Every line of straight.def twice: fn_NAME with the global label insn_NAME on the instruction, and
# twin_NAME without. Both load the thread's `state`, run the instruction, and store everything back.
# Offsets as in insns.h: 15 registers, flags, rsp, top of stack, then four vectors of 32 bytes.
#define FLAGS 120
#define RSP   128
#define TOP   136
#define SAVED 144
#define VEC   160

        .macro each_register what
        \what rbx, 8
        \what rcx, 16
        \what rdx, 24
        \what rsi, 32
        \what rdi, 40
        \what rbp, 48
        \what r8, 56
        \what r9, 64
        \what r10, 72
        \what r11, 80
        \what r12, 88
        \what r13, 96
        \what r14, 104
        \what r15, 112
        \what rax, 0
        .endm
        .macro load reg, offset
        mov %fs:state@tpoff+\offset, %\reg
        .endm
        .macro store reg, offset
        mov %\reg, %fs:state@tpoff+\offset
        .endm

        .macro enter_state vmove, vreg
        push %rbx
        push %rbp
        push %r12
        push %r13
        push %r14
        push %r15
        mov %rsp, %fs:state@tpoff+SAVED
        .rept 16
        push $0x8d7
        .endr
        .irp n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        pxor %xmm\n, %xmm\n
        .endr
        .irp n, 0, 1, 2, 3
        \vmove %fs:state@tpoff+VEC+32*\n, %\vreg\n
        .endr
        pushq %fs:state@tpoff+FLAGS
        popfq
        each_register load
        .endm

        .macro leave_state vmove, vreg
        each_register store
        mov %rsp, %fs:state@tpoff+RSP
        mov (%rsp), %rax
        mov %rax, %fs:state@tpoff+TOP
        lea -128(%rsp), %rsp
        pushfq
        popq %fs:state@tpoff+FLAGS
        .irp n, 0, 1, 2, 3
        \vmove %\vreg\n, %fs:state@tpoff+VEC+32*\n
        .endr
        mov %fs:state@tpoff+SAVED, %rsp
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbp
        pop %rbx
        ret
        .endm

        .macro both name, vmove, vreg, insn:vararg
        .p2align 4
        .globl fn_\name, insn_\name, twin_\name
        .type fn_\name, @function
        .type insn_\name, @function
fn_\name:
        enter_state \vmove, \vreg
insn_\name:
        \insn
        .size insn_\name, . - insn_\name
        leave_state \vmove, \vreg
        .size fn_\name, . - fn_\name
        .p2align 4
        .type twin_\name, @function
twin_\name:
        enter_state \vmove, \vreg
        \insn
        leave_state \vmove, \vreg
        .size twin_\name, . - twin_\name
        .endm

        .text
#define STRAIGHT(name, feature, cells, ...) both name, movdqu, xmm, __VA_ARGS__
#define STRAIGHT_AVX(name, feature, cells, ...) both name, vmovdqu, ymm, __VA_ARGS__
#include "straight.def"
        .section .note.GNU-stack, "", @progbits
