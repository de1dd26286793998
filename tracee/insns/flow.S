# Instructions that branch. Each fn_NAME takes a number in rdi and a pointer in rsi, and returns what
# shows where the instruction went. The label insn_NAME is on the instruction under test.

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
        # From here to the ret: 1 where the branch was taken, 2 where it was not.
        .macro outcome
        mov $2, %eax
        ret
9:      mov $1, %eax
        ret
        .endm

        .text
# ---- jumps
        begin jmp_short
insn_jmp_short: jmp 9f
        outcome
        end jmp_short

        begin jmp_near
insn_jmp_near: {disp32} jmp 9f
        outcome
        end jmp_near

        begin jcc_short
        test $1, %dil
insn_jcc_short: jnz 9f
        outcome
        end jcc_short

        begin jcc_near
        test $1, %dil
insn_jcc_near: {disp32} jnz 9f
        outcome
        end jcc_near

        begin jcc_backward
        jmp 2f
9:      mov $1, %eax
        ret
2:      test $1, %dil
insn_jcc_backward: jnz 9b
        mov $2, %eax
        ret
        end jcc_backward

        begin jmp_reg
        lea 9f(%rip), %rax
insn_jmp_reg: jmp *%rax
        outcome
        end jmp_reg

        begin jmp_notrack
        lea 9f(%rip), %r11
insn_jmp_notrack: notrack jmp *%r11
        outcome
        end jmp_notrack

        begin jmp_mem
        lea 9f(%rip), %rax
        mov %rax, -8(%rsp)
insn_jmp_mem: jmp *-8(%rsp)
        outcome
        end jmp_mem

        begin jmp_rip
insn_jmp_rip: jmp *jmp_rip_target(%rip)
        mov $2, %eax
        ret
jmp_rip_taken:
        mov $1, %eax
        ret
        end jmp_rip
        .section .data.rel.local, "aw"
        .p2align 3
jmp_rip_target: .quad jmp_rip_taken
call_rip_target: .quad where_from
        .text

# ---- loops: rdi is the count, and rax what is left of it
        begin loop
        mov %rdi, %rcx
        xor %eax, %eax
1:      inc %rax
insn_loop: loop 1b
        ret
        end loop

        begin loop_self
        mov %rdi, %rcx
insn_loop_self: loop insn_loop_self
        mov %rcx, %rax
        ret
        end loop_self

        begin loope
        mov %rdi, %rcx
        xor %eax, %eax
1:      inc %rax
        cmp $3, %rax
        setb %dl
        cmp $1, %dl
insn_loope: loope 1b
        ret
        end loope

        begin loopne
        mov %rdi, %rcx
        xor %eax, %eax
1:      inc %rax
        cmp $3, %rax
insn_loopne: loopne 1b
        ret
        end loopne

        begin jrcxz
        mov %rdi, %rcx
insn_jrcxz: jrcxz 9f
        outcome
        end jrcxz

        begin jecxz
        mov %rdi, %rcx
insn_jecxz: jecxz 9f
        outcome
        end jecxz

# ---- calls: the callee returns the return address that it finds
        .type where_from, @function
where_from:
        mov (%rsp), %rax
        ret
        .size where_from, . - where_from

        .macro call_site name, insn:vararg
        .globl after_\name
insn_\name:
        \insn
after_\name:
        .endm

        begin call_near
        call_site call_near, call where_from
        ret
        end call_near

        begin call_next
        call_site call_next, call after_call_next
        pop %rax
        ret
        end call_next

        begin call_reg
        lea where_from(%rip), %r11
        call_site call_reg, call *%r11
        ret
        end call_reg

        begin call_mem
        lea where_from(%rip), %rax
        mov %rax, (%rsi)
        call_site call_mem, call *(%rsi)
        ret
        end call_mem

        begin call_index
        lea where_from(%rip), %rax
        mov %rax, 16(%rsi)
        mov $1, %eax
        call_site call_index, call *8(%rsi,%rax,8)
        ret
        end call_index

        begin call_rip
        call_site call_rip, call *call_rip_target(%rip)
        ret
        end call_rip

        begin call_rsp
        lea where_from(%rip), %rax
        push %rax
        call_site call_rsp, call *(%rsp)
        pop %rcx
        ret
        end call_rsp

        begin call_rsp_disp
        lea where_from(%rip), %rax
        push %rax
        push $0
        call_site call_rsp_disp, call *8(%rsp)
        add $16, %rsp
        ret
        end call_rsp_disp

        # Goes to itself first, then to what follows: the same return address twice, and the target.
        begin call_self
        lea insn_call_self(%rip), %rax
        push %rax
        call_site call_self, call *(%rsp)
        pop %rax
        pop %rdx
        pop %rcx
        cmp %rax, %rdx
        jne 8f
        lea insn_call_self(%rip), %rdx
        cmp %rcx, %rdx
        jne 8f
        ret
8:      xor %eax, %eax
        ret
        end call_self

# ---- returns: 1 when the stack comes out right
        begin ret
        call 1f
        mov $1, %eax
        ret
1:      
insn_ret: ret
        end ret

        begin rep_ret
        call 1f
        mov $1, %eax
        ret
1:      
insn_rep_ret: rep ret
        end rep_ret

        begin ret_imm
        mov %rsp, %rdx
        push $0
        push $0
        call 1f
        xor %eax, %eax
        cmp %rsp, %rdx
        sete %al
        mov %rdx, %rsp
        ret
1:      
insn_ret_imm: ret $16
        end ret_imm

        begin lret
        mov %cs, %eax
        push %rax
        lea 9f(%rip), %rax
        push %rax
insn_lret: lretq
        outcome
        end lret

        begin iret
        mov %rsp, %rdx
        mov %ss, %eax
        push %rax
        push %rdx
        pushfq
        mov %cs, %eax
        push %rax
        lea 9f(%rip), %rax
        push %rax
insn_iret: iretq
        outcome
        end iret

# ---- two sites side by side, each one byte long: at the first one's stop, PC - 1 is the first; a
# thread sent on to the second must not be taken for it.
        begin nop_first
        .globl insn_nop_second
        .type insn_nop_second, @function
insn_nop_first: nop
insn_nop_second: nop
        lea 1(%rdi), %rax
        ret
        end nop_first

# ---- mov to ss holds off what would come after it for one instruction
        begin mov_ss
        mov %ss, %eax
insn_mov_ss: mov %eax, %ss
        lea 1(%rdi), %rax
        ret
        end mov_ss

# ---- x87 remembers its last instruction's address: fnstenv shows it, in the low 32 bits
        .macro fip name
        fninit
        fld1
\name:  fadd %st(0), %st
        fnstenv (%rsi)
        fstp %st(0)
        fninit
        ret
        .endm
        begin x87_fip
        fip insn_x87_fip
        end x87_fip
        .globl fn_x87_plain, x87_plain
        .type fn_x87_plain, @function
fn_x87_plain:
        fip x87_plain
        .size fn_x87_plain, . - fn_x87_plain
        .section .note.GNU-stack, "", @progbits
