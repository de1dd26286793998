/* A SIGTRAP handler that runs inside the tracee, in a scratch area, when the tracer is dead: it sends
   a thread that has met one of the traps left behind on to its slot, as the tracer would have. While
   there is a tracer it never runs: traps are seen there first.

   Called by the kernel as handler(signal, siginfo, ucontext), on the alternate stack if the program
   has one, with everything blocked. It uses no memory but the slots' directory
   (core/slot_directory.hpp), calls nothing, and may change any general register.

   What it can't put right it answers as a program without a handler would: by death of SIGTRAP. */

#include "amd64/trap_handler_layout.h"

        .section .rodata
        .globl  sidestep_trap_handler, sidestep_trap_handler_end
        .globl  sidestep_trap_handler_restorer, sidestep_trap_handler_areas
        .hidden sidestep_trap_handler, sidestep_trap_handler_end
        .hidden sidestep_trap_handler_restorer, sidestep_trap_handler_areas
        .balign 16

sidestep_trap_handler:
        /* The tracer was holding a signal back for this thread. It died with the tracer, and so did
           the mask that the program had. */
        movabs  $HOLD_MASK, %rax
        cmp     %rax, UCONTEXT_SIGMASK(%rdx)
        je      die
        mov     SIGINFO_CODE(%rsi), %eax
        cmp     $SI_CODE_TRACE, %eax
        je      stop_stepping
        cmp     $SI_CODE_KERNEL, %eax
        jne     die                     /* sent by somebody */

        mov     UCONTEXT_RIP(%rdx), %r8
        mov     sidestep_trap_handler_areas(%rip), %r9
        xor     %r13d, %r13d            /* found where the tracer had already put it */
next_area:
        test    %r9, %r9
        jz      all_seen
        mov     HEADER_ENTRIES(%r9), %ecx
        mov     HEADER_SIZE(%r9), %r10
        add     %r9, %r10
next_entry:                             /* r10: entry, r11: site, rax: slot */
        sub     $1, %ecx
        jb      area_done
        sub     $ENTRY_BYTES, %r10
        mov     ENTRY_SITE(%r10), %r11
        mov     ENTRY_OFFSET(%r10), %eax
        add     %r9, %rax
        lea     1(%r11), %rdi
        cmp     %rdi, %r8
        je      trapped
        cmp     %r11, %r8
        je      put_right               /* had been sent back to the site */
        movzbl  ENTRY_TWIN_END(%r10), %edi
        test    %edi, %edi
        jz      1f
        add     %rax, %rdi
        cmp     %rdi, %r8
        je      behind_twin
1:      movzbl  ENTRY_ENTER(%r10), %edi
        add     %rax, %rdi
        cmp     %rdi, %r8
        je      put_right               /* had been sent to its slot */
        movslq  ENTRY_RESUME(%r10), %rdi
        add     %r11, %rdi
        cmp     %rdi, %r8
        jne     next_entry              /* else: had been sent on from the twin */
        /* Not yet sure: the byte behind a site of one byte may be a site itself. */
put_right:
        mov     $1, %r13d
        jmp     next_entry
area_done:
        mov     HEADER_NEXT(%r9), %r9
        jmp     next_area

all_seen:
        test    %r13d, %r13d
        jz      die                     /* the program's own int3 */
        ret

trapped:
        testl   $ENTRY_NEEDS_TRACER, ENTRY_FLAGS(%r10)
        jnz     die
        movzbl  ENTRY_ENTER(%r10), %edi
        add     %rdi, %rax
        mov     %rax, UCONTEXT_RIP(%rdx)
done:   ret

behind_twin:
        movslq  ENTRY_RESUME(%r10), %rdi
        add     %r11, %rdi
        mov     %rdi, UCONTEXT_RIP(%rdx)
        testl   $ENTRY_SHOWS_FPU_IP, ENTRY_FLAGS(%r10)
        jz      done
        mov     UCONTEXT_FPSTATE(%rdx), %r8
        test    %r8, %r8
        jz      done
        movzbl  ENTRY_ENTER(%r10), %edi
        add     %rdi, %rax
        cmp     FPSTATE_RIP(%r8), %rax
        jne     done
        mov     %r11, FPSTATE_RIP(%r8)
        ret

        /* The tracer was single-stepping: the rest of the slot runs on by itself. */
stop_stepping:
        andl    $~TRAP_FLAG, UCONTEXT_EFLAGS(%rdx)
        ret

die:    sub     $40, %rsp               /* struct sigaction, as the kernel has it: SIG_DFL */
        movq    $0, (%rsp)
        movq    $SIGACTION_RESTORER, 8(%rsp)
        lea     sidestep_trap_handler_restorer(%rip), %rax
        mov     %rax, 16(%rsp)
        movq    $0, 24(%rsp)
        mov     $NR_RT_SIGACTION, %eax
        mov     $SIGNAL_TRAP, %edi
        mov     %rsp, %rsi
        xor     %edx, %edx
        mov     $8, %r10d
        syscall
        mov     $NR_GETPID, %eax
        syscall
        mov     %eax, %r12d
        mov     $NR_GETTID, %eax
        syscall
        mov     %r12d, %edi
        mov     %eax, %esi
        mov     $SIGNAL_TRAP, %edx
        mov     $NR_TGKILL, %eax
        syscall
        add     $40, %rsp
        test    %eax, %eax
        jz      done                    /* it is delivered on the way back */
        hlt                             /* not allowed to: a fault ends it as well */

sidestep_trap_handler_restorer:
        mov     $NR_RT_SIGRETURN, %eax
        syscall

        .balign 8
sidestep_trap_handler_areas:
        .quad   0
sidestep_trap_handler_end:

        .section .note.GNU-stack, "", @progbits
