// Functions whose text is not one instruction after the other. See main.c.

        .macro function name:req
        .globl \name
        .type \name, @function
\name:
        .endm

        .macro end name:req
        .size \name, . - \name
        .endm

        .macro label name:req
        .globl \name
\name:
        .endm

// Data, here and once more in .rodata to be compared with.
        .macro data name:req, directive:req, values:vararg
        .globl \name, \name\()_end, \name\()_copy
\name:
        \directive \values
\name\()_end:
        .pushsection .rodata
\name\()_copy:
        \directive \values
        .popsection
        .endm

        .text

// (n): 10, 20, 30 for 0, 1, 2, by a jump table between its instructions.
function pick
        lea pick_table(%rip), %rax
        movslq (%rax,%rdi,4), %rcx
        add %rax, %rcx
        jmp *%rcx
        data pick_table, .long, pick_zero - pick_table, pick_one - pick_table, pick_two - pick_table
label pick_zero
        mov $10, %eax
        ret
label pick_one
        mov $20, %eax
        ret
label pick_two
        mov $30, %eax
        ret
end pick

// (x): x times a constant behind its own ret, whose bytes are good code: push, mov, pop, ret, nop.
function scaled
        imul scaled_factor(%rip), %rdi
        mov %rdi, %rax
        ret
        data scaled_factor, .byte, 0x55, 0x48, 0x89, 0xe5, 0x5d, 0xc3, 0x90, 0x90
end scaled

        data between, .ascii, "Between two functions, and of neither."

// (x): x + 2; from its second door x + 1.
function two_doors
        add $1, %rdi
        .globl second_door
        .type second_door, @function
second_door:
        lea 1(%rdi), %rax
        ret
end second_door
end two_doors

// (): the address of a text that a call jumps over.
function inline_text
        call inline_text_over
        data inline_text_words, .asciz, "text behind a call\n"
label inline_text_over
        pop %rax
        ret
end inline_text

// The same; what it jumps over would be good code: pushes and pops.
function inline_code
        call inline_code_over
        data inline_code_words, .ascii, "PQRSTUVW_^]XX"
label inline_code_over
        pop %rax
        ret
end inline_code

// (where): does not come back, and what is behind the call is no code.
function leaves
        test %rdi, %rdi
        jz leaves_behind
        sub $8, %rsp
        call leave_for_good
        data after_leave, .byte, 0x06, 0x0e, 0x16, 0x1e
label leaves_behind
        mov $1, %eax
        ret
end leaves

// The same with a constant that would be good code; others read it.
function leaves_again
        sub $8, %rsp
        call leave_for_good
        data after_leave_again, .byte, 0x90, 0x53, 0x5b, 0x90, 0x90, 0x90, 0xc3, 0x90
end leaves_again

function factor_of_leaves
        mov after_leave_again(%rip), %rax
        ret
end factor_of_leaves

// (counter, locked): adds one; unlocked, it goes in behind the prefix.
function maybe_locked
        test %esi, %esi
        je maybe_locked_inside
label maybe_locked_prefix
        lock
label maybe_locked_inside
        addq $1, (%rdi)
        ret
end maybe_locked

// (x, add): x, or x + 7 by an instruction that is also the operand of a comparison.
function hidden
        test %esi, %esi
        jne hidden_add
label hidden_compare
        .byte 0x3d
label hidden_add
        lea 7(%rdi), %rdi
        mov %rdi, %rax
        ret
end hidden

        .section .note.GNU-stack, "", @progbits
