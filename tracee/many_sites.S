# site_00000 to site_99999: a hundred thousand functions that nobody calls, to be armed. The digits let a
# glob name ten, a hundred, a thousand of them.
        .text
        .altmacro
        .macro one digits
        .globl  site_\digits
        .type   site_\digits, @function
        .p2align 4
site_\digits:
        lea     1(%rdi), %rax
        ret
        .size   site_\digits, . - site_\digits
        .endm

        .irpc a, 0123456789
        .irpc b, 0123456789
        .irpc c, 0123456789
        .irpc d, 0123456789
        .irpc e, 0123456789
        one     \a\b\c\d\e
        .endr
        .endr
        .endr
        .endr
        .endr

        .section .note.GNU-stack, "", @progbits
