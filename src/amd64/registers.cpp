#include "amd64/registers.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>

#include <cerrno>
#include <cstddef>

#include "amd64/classify.hpp"

namespace sidestep::amd64 {
namespace {

using core::Registers;

/// Indices into Registers::words.
enum Word : std::size_t {
  Rbx = offsetof(user_regs_struct, rbx) / 8,
  Rbp = offsetof(user_regs_struct, rbp) / 8,
  R12 = offsetof(user_regs_struct, r12) / 8,
  R13 = offsetof(user_regs_struct, r13) / 8,
  R14 = offsetof(user_regs_struct, r14) / 8,
  R15 = offsetof(user_regs_struct, r15) / 8,
  Rip = offsetof(user_regs_struct, rip) / 8,
  Rsp = offsetof(user_regs_struct, rsp) / 8,
  Rax = offsetof(user_regs_struct, rax) / 8,
  Rdi = offsetof(user_regs_struct, rdi) / 8,
  Rsi = offsetof(user_regs_struct, rsi) / 8,
  Rdx = offsetof(user_regs_struct, rdx) / 8,
  Rcx = offsetof(user_regs_struct, rcx) / 8,
  R8 = offsetof(user_regs_struct, r8) / 8,
  R9 = offsetof(user_regs_struct, r9) / 8,
  R10 = offsetof(user_regs_struct, r10) / 8,
  R11 = offsetof(user_regs_struct, r11) / 8,
  OrigRax = offsetof(user_regs_struct, orig_rax) / 8,
  Flags = offsetof(user_regs_struct, eflags) / 8,
};
static_assert(sizeof(user_regs_struct) <= sizeof(Registers::words));

constexpr std::uint64_t resume_flag = 1u << 16;
constexpr std::uint64_t no_call = ~std::uint64_t{0};
/// Of `syscall`, without prefixes, and of `int 80h`: what the kernel goes back by to restart.
constexpr std::uint64_t syscall_length = 2;

Kind kind_of(const core::Instruction& insn) {
  return static_cast<Kind>(insn.kind);
}

/// A send that also connects has had an effect by the time it is interrupted.
bool may_connect(std::uint64_t flags) {
  return (flags & MSG_FASTOPEN) != 0;
}

/// Calls for which EINTR means that nothing has happened yet, so that running them again is what
/// the program would have seen had nobody stopped it. All other calls either restart by
/// themselves after a stop (ERESTART*), or, like connect and close, have had an effect.
bool has_no_effect_when_interrupted(const Registers& regs) {
  switch (regs.words[OrigRax]) {
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_rt_sigtimedwait:
    case SYS_io_getevents:
    case SYS_io_pgetevents:
    case SYS_io_uring_enter:  // EINTR only if nothing was submitted, else the number submitted
    // Sockets with a timeout (signal(7)); what was transferred is returned instead of EINTR.
    case SYS_accept:
    case SYS_accept4:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_read:
    case SYS_readv:
    case SYS_write:
    case SYS_writev:
      return true;
    case SYS_sendto:
    case SYS_sendmmsg:
      return !may_connect(regs.words[R10]);
    case SYS_sendmsg:
      return !may_connect(regs.words[Rdx]);
    default:
      return false;
  }
}

/// Where the kernel puts a program whose call returned -ERESTART*, if no handler intervenes
/// (arch/x86/kernel/signal.c, arch_do_signal_or_restart).
void restart_as_the_kernel_does(Registers& regs) {
  constexpr std::int64_t by_restart_syscall = -516;  // -ERESTART_RESTARTBLOCK
  constexpr std::uint64_t restart_syscall_of_int80 = 0;
  const bool native = regs.words[Rcx] == regs.words[Rip];
  const std::uint64_t restart_syscall = native ? SYS_restart_syscall : restart_syscall_of_int80;
  regs.words[Rax] = call_result(regs) == by_restart_syscall ? restart_syscall : regs.words[OrigRax];
  regs.words[Rip] -= syscall_length;
}

}  // namespace

Address pc(const Registers& regs) {
  return {regs.words[Rip]};
}
void set_pc(Registers& regs, Address pc) {
  regs.words[Rip] = pc.value;
}
Address stack(const Registers& regs) {
  return {regs.words[Rsp]};
}
/// Below the red zone (System V ABI, 3.2.2), room for 64 bytes.
Address unused_stack(const Registers& regs) {
  return {(regs.words[Rsp] - 128 - 64) & ~std::uint64_t{15}};
}
void undo_push(Registers& regs) {
  regs.words[Rsp] += 8;
}

void leave_slot_at_syscall(Registers& regs, const core::Instruction& insn) {
  regs.words[Rip] = insn.next().value;
  // The processor left the return address in RCX (SDM vol. 2B, SYSCALL); the program sees it.
  if (kind_of(insn) == Kind::Syscall) regs.words[Rcx] = insn.next().value;
}

void prepare_call(Registers& regs, const core::RemoteCall& call, Address syscall_insn) {
  constexpr std::uint64_t nowhere = 1ull << 63;  // not canonical: `leave; ret` there faults
  // Not the stack pointer: a SIGTRAP that somebody sends meanwhile needs a stack to be handled on.
  for (const Word word : {Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, R8, R9, R10, R11, R12, R13, R14, R15})
    regs.words[word] = nowhere;
  regs.words[Rax] = call.number;
  constexpr Word order[] = {Rdi, Rsi, Rdx, R10, R8, R9};
  for (std::size_t i = 0; i < call.args.size(); ++i) regs.words[order[i]] = call.args[i];
  regs.words[Rip] = syscall_insn.value;
  forget_call(regs);
}

std::int64_t call_result(const Registers& regs) {
  return static_cast<std::int64_t>(regs.words[Rax]);
}
std::uint64_t call_number(const Registers& regs) {
  return regs.words[OrigRax];
}
void forget_call(Registers& regs) {
  regs.words[OrigRax] = no_call;
}

bool restart_interrupted_call(Registers& regs) {
  if (call_result(regs) != -EINTR) return false;
  // Only `syscall` leaves RCX = RIP: this keeps out int 80h, whose numbers mean other calls.
  if (regs.words[Rcx] != regs.words[Rip]) return false;
  if (!has_no_effect_when_interrupted(regs)) return false;
  regs.words[Rax] = regs.words[OrigRax];
  regs.words[Rip] -= syscall_length;
  forget_call(regs);
  return true;
}

Registers rerun(const Registers& returned) {
  Registers regs = returned;
  if (!restart_interrupted_call(regs)) restart_as_the_kernel_does(regs);
  return regs;
}

/// A trap sets RF and marks the registers as not being inside a call.
bool alike(const Registers& a, const Registers& b) {
  Registers changed;
  for (std::size_t i = 0; i < changed.words.size(); ++i) changed.words[i] = a.words[i] ^ b.words[i];
  changed.words[Flags] &= ~resume_flag;
  changed.words[OrigRax] = 0;
  return changed.words == Registers{}.words;
}

}  // namespace sidestep::amd64
