/* Numbers for trap_handler.S. What a C++ compiler can know of them it checks in trap_handler.cpp. */
#pragma once

/* core/slot_directory.hpp */
#define HEADER_ENTRIES 20
#define HEADER_SIZE 24
#define HEADER_NEXT 32
#define ENTRY_SITE 0
#define ENTRY_OFFSET 8
#define ENTRY_RESUME 12
#define ENTRY_ENTER 18
#define ENTRY_TWIN_END 19
#define ENTRY_FLAGS 20 /* 16 bits; read as 32, only the low ones tested */
#define ENTRY_BYTES 24
#define ENTRY_NEEDS_TRACER 1
#define ENTRY_SHOWS_FPU_IP 2

/* The signal frame: arch/x86/include/uapi/asm/sigcontext.h, include/uapi/asm-generic/siginfo.h */
#define SIGINFO_CODE 8
#define UCONTEXT_RIP 168
#define UCONTEXT_EFLAGS 176
#define UCONTEXT_FPSTATE 224
#define UCONTEXT_SIGMASK 296
#define FPSTATE_RIP 8
#define TRAP_FLAG 0x100
#define SI_CODE_KERNEL 0x80
#define SI_CODE_TRACE 2
#define SIGNAL_TRAP 5
#define SIGACTION_RESTORER 0x04000000

/* asm/unistd_64.h */
#define NR_RT_SIGACTION 13
#define NR_RT_SIGRETURN 15
#define NR_GETPID 39
#define NR_GETTID 186
#define NR_TGKILL 234

/* Kernel::mask_for_hold(): all but SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV and SIGSYS, and less
   SIGKILL and SIGSTOP, which the kernel never blocks */
#define HOLD_MASK 0xffffffffbffbfa27
