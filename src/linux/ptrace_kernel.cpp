#include "linux/ptrace_kernel.hpp"

#include <elf.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "linux/attach.hpp"
#include "linux/proc.hpp"
#include "linux/ptrace_request.hpp"
#include "linux/rseq.hpp"
#include "linux/seccomp.hpp"
#include "linux/wait_text.hpp"

namespace sidestep::os {
namespace {

using core::RawStop;
using core::Resume;

constexpr std::uint64_t user_eflags = offsetof(user_regs_struct, eflags);

std::optional<std::uint64_t> peek_user(Tid tid, std::uint64_t offset) {
  errno = 0;
  const long value = request(PTRACE_PEEKUSER, tid, offset, std::uint64_t{0});
  if (value == -1 && errno) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

}  // namespace

// --- waiting and resuming ------------------------------------------------------------------------

std::optional<RawStop> PtraceKernel::wait(WaitFor how) {
  auto stop = how == WaitFor::Poll ? waiter_.poll() : waiter_.block();
  registers_.next_stop();
  if (stop && debug_ == Debug::Waits) print(*stop);
  if (stop && (stop->kind == RawStop::Kind::Exited || stop->kind == RawStop::Kind::Killed))
    memory_.forget_thread(stop->tid);
  return stop;
}

void PtraceKernel::print(const RawStop& stop) const {
  const std::string line =
      "wait: tid=" + std::to_string(stop.tid.value) + " " +
      wait_text(stop, stop.kind == RawStop::Kind::Clone || stop.kind == RawStop::Kind::Vfork
                          ? const_cast<PtraceKernel*>(this)->event_message(stop.tid)
                          : 0) +
      "\n";
  [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
}

bool PtraceKernel::resume(Tid tid, Resume resume) {
  registers_.forget();
  const auto signal = static_cast<std::uint64_t>(resume.signal);
  switch (resume.how) {
    case Resume::How::Cont:
      return request(PTRACE_CONT, tid, 0, signal) == 0;
    case Resume::How::Step:
      return request(PTRACE_SINGLESTEP, tid, 0, signal) == 0;
    case Resume::How::Syscall:
      return request(PTRACE_SYSCALL, tid, 0, signal) == 0;
    case Resume::How::Listen:
      return request(PTRACE_LISTEN, tid, 0, std::uint64_t{0}) == 0;
    case Resume::How::Detach:
      return request(PTRACE_DETACH, tid, 0, signal) == 0;
    case Resume::How::Stay:
      break;
  }
  return true;
}

void PtraceKernel::interrupt(Tid tid) {
  request(PTRACE_INTERRUPT, tid, 0, std::uint64_t{0});
}

// --- registers -----------------------------------------------------------------------------------

std::optional<core::VectorRegisters> PtraceKernel::vector_registers(Tid tid) {
  core::VectorRegisters regs;
  static_assert(sizeof(user_fpregs_struct) == sizeof regs.bytes);
  if (request(PTRACE_GETFPREGS, tid, 0, regs.bytes.data()) != 0) return std::nullopt;
  return regs;
}

std::string PtraceKernel::comm(Tid tid) {
  return proc::comm(tid);
}

/// The kernel hides the flag that PTRACE_SINGLESTEP sets itself (arch/x86/kernel/ptrace.c,
/// get_flags), so what shows is the program's own.
bool PtraceKernel::own_trap_flag(Tid tid) {
  constexpr std::uint64_t trap_flag = 0x100;
  return peek_user(tid, user_eflags).value_or(0) & trap_flag;
}

/// FIP lies at offset 8 of the legacy area that every xsave image begins with. Some processors
/// (AMD's, where no exception is pending) do not save it: the image shows 0, while the register may
/// still hold the copy's address. Writing the image back makes the kernel load the registers from
/// it.
void PtraceKernel::translate_fpu_ip(Tid tid, Address from, Address to) {
  std::array<std::byte, 16384> image;
  iovec vector{image.data(), image.size()};
  if (request(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &vector) != 0) return;
  std::uint64_t fip = 0;
  std::memcpy(&fip, image.data() + 8, sizeof fip);
  if (fip && fip != from.value) return;
  if (fip) std::memcpy(image.data() + 8, &to.value, sizeof to.value);
  request(PTRACE_SETREGSET, tid, NT_X86_XSTATE, &vector);
}

// --- signals -------------------------------------------------------------------------------------

std::optional<core::SigInfo> PtraceKernel::siginfo(Tid tid) {
  core::SigInfo info;
  static_assert(sizeof(siginfo_t) == sizeof info.bytes);
  if (request(PTRACE_GETSIGINFO, tid, 0, info.bytes.data()) != 0) return std::nullopt;
  return info;
}

bool PtraceKernel::set_siginfo(Tid tid, const core::SigInfo& info) {
  return request(PTRACE_SETSIGINFO, tid, 0, const_cast<std::byte*>(info.bytes.data())) == 0;
}

core::SignalCause PtraceKernel::cause(int signo, const core::SigInfo& raw) const {
  using Kind = core::SignalCause::Kind;
  siginfo_t info;
  std::memcpy(&info, raw.bytes.data(), sizeof info);
  if (info.si_code <= 0) return {Kind::Sent};
  switch (signo) {
    case SIGTRAP:
      return {info.si_code == SI_KERNEL ? Kind::Breakpoint : Kind::DebugTrap};
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSYS:
      return {Kind::Fault};
    default:
      return {Kind::Sent};
  }
}

void PtraceKernel::translate_fault(core::SigInfo& raw, Address from, Address to) const {
  siginfo_t info;
  std::memcpy(&info, raw.bytes.data(), sizeof info);
  if (info.si_addr != as_pointer(from.value)) return;
  info.si_addr = as_pointer(to.value);
  std::memcpy(raw.bytes.data(), &info, sizeof info);
}

/// The kernel lets nobody forge the sender of kill or tgkill (si_code >= 0 or SI_TKILL): then it is
/// us.
void PtraceKernel::queue_signal(Tid tid, int signo, const core::SigInfo& info) {
  const auto status = proc::status(tid);
  if (!status) return;
  core::SigInfo copy = info;
  if (::syscall(SYS_rt_tgsigqueueinfo, status->process.value, tid.value, signo, copy.bytes.data()))
    ::syscall(SYS_tgkill, status->process.value, tid.value, signo);
}

std::optional<core::SignalMask> PtraceKernel::signal_mask(Tid tid) {
  core::SignalMask mask = 0;
  if (request(PTRACE_GETSIGMASK, tid, sizeof mask, &mask) != 0) return std::nullopt;
  return mask;
}

bool PtraceKernel::set_signal_mask(Tid tid, core::SignalMask mask) {
  return request(PTRACE_SETSIGMASK, tid, sizeof mask, &mask) == 0;
}

core::SignalMask PtraceKernel::mask_for_hold() const {
  core::SignalMask mask = ~core::SignalMask{0};
  for (const int signo : {SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS})
    mask &= ~(core::SignalMask{1} << (signo - 1));
  return mask;
}

core::Disposition PtraceKernel::disposition(Tid tid, int signo) {
  const auto status = proc::status(tid);
  const core::SignalMask bit = core::SignalMask{1} << (signo - 1);
  if (signo == SIGKILL) return core::Disposition::Fatal;
  if (signo == SIGSTOP) return core::Disposition::Stops;
  if (status && (status->caught & bit)) return core::Disposition::Handled;
  if (status && (status->ignored & bit)) return core::Disposition::Ignored;
  switch (signo) {  // default actions, signal(7)
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return core::Disposition::Stops;
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH:
    case SIGCONT:
      return core::Disposition::Ignored;
    default:
      return core::Disposition::Fatal;
  }
}

bool PtraceKernel::in_sequence(Tid tid, Address at) {
  return in_restartable_sequence(tid, at, memory_);
}

bool PtraceKernel::at_syscall_exit(Tid tid) {
  __ptrace_syscall_info info{};
  const long size = request(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info);
  return size > 0 && info.op == PTRACE_SYSCALL_INFO_EXIT;
}

std::uint64_t PtraceKernel::event_message(Tid tid) {
  unsigned long message = 0;
  request(PTRACE_GETEVENTMSG, tid, 0, &message);
  return message;
}

// --- processes -----------------------------------------------------------------------------------

core::RemoteCall PtraceKernel::map_code(AddressRange where) const {
  return {SYS_mmap,
          {where.begin.value, where.size(), PROT_READ | PROT_EXEC,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, ~std::uint64_t{0}, 0}};
}

namespace {

/// struct sigaction as rt_sigaction(2) takes it (arch/x86/include/uapi/asm/signal.h).
struct KernelSigaction {
  std::uint64_t handler, flags, restorer, mask;
};

}  // namespace

std::vector<std::uint8_t> PtraceKernel::trap_action(Address handler, Address restorer) const {
  constexpr std::uint64_t has_restorer = 0x04000000;  // SA_RESTORER; amd64 requires one
  const KernelSigaction action{handler.value, SA_SIGINFO | SA_ONSTACK | has_restorer,
                               restorer.value, ~std::uint64_t{0}};
  std::vector<std::uint8_t> bytes(sizeof action);
  std::memcpy(bytes.data(), &action, sizeof action);
  return bytes;
}

core::RemoteCall PtraceKernel::set_trap_action(Address action) const {
  return {SYS_rt_sigaction, {SIGTRAP, action.value, 0, sizeof KernelSigaction::mask, 0, 0}};
}

core::RemoteCall PtraceKernel::get_trap_action(Address action) const {
  return {SYS_rt_sigaction, {SIGTRAP, 0, action.value, sizeof KernelSigaction::mask, 0, 0}};
}

std::size_t PtraceKernel::action_bytes() const {
  return sizeof(KernelSigaction);
}

/// The C library keeps two signals for itself (32, 33) out of what a program can block.
std::optional<core::SignalMask> PtraceKernel::mask_before_trap(core::SignalMask now) const {
  const auto bit = [](int signo) { return core::SignalMask{1} << (signo - 1); };
  const core::SignalMask never_blocked = bit(SIGKILL) | bit(SIGSTOP) | bit(32) | bit(33);
  if ((now | never_blocked) != ~bit(SIGTRAP)) return std::nullopt;
  return now | bit(SIGTRAP);
}

bool PtraceKernel::may_call(Tid tid, const core::RemoteCall& call, Address insn) {
  return seccomp_allows(tid, call, insn);
}

Result<std::vector<Tid>> PtraceKernel::attach(Pid pid) {
  auto seized = seize_all(pid);
  if (seized)
    for (const Tid tid : *seized) waiter_.expect(tid);
  return seized;
}

std::string PtraceKernel::file_of(Tid tid, const core::Mapping& mapping) {
  return proc::file_of(tid, mapping);
}

std::optional<core::Identity> PtraceKernel::identify(Tid tid) {
  const auto status = proc::status(tid);
  if (!status) return std::nullopt;
  return core::Identity{status->process, status->parent};
}

bool PtraceKernel::share_memory(Tid a, Tid b) {
  return ::syscall(SYS_kcmp, a.value, b.value, KCMP_VM, 0, 0) == 0;
}

std::vector<core::Mapping> PtraceKernel::mappings(Tid tid) {
  return proc::mappings(tid);
}
std::string PtraceKernel::executable(Tid tid) {
  return proc::executable(tid);
}
core::Kernel::Startup PtraceKernel::startup(Tid tid) {
  return proc::startup(tid);
}

bool PtraceKernel::asleep_or_gone(Tid tid) {
  return !proc::exists(tid) || proc::blocked_in_call(tid).has_value();
}

std::optional<std::uint64_t> PtraceKernel::cpu_time(Tid tid) {
  return proc::cpu_time(tid);
}

bool PtraceKernel::trap_pending(Tid tid) {
  const auto status = proc::status(tid);
  const core::SignalMask trap = core::SignalMask{1} << (SIGTRAP - 1);
  return status && (status->pending & ~status->blocked & trap);  // ours is never blocked
}

bool PtraceKernel::in_stop(Tid tid) {
  const auto status = proc::status(tid);
  return status && status->state == 't';
}

void PtraceKernel::kill(Pid pid) {
  ::kill(pid.value, SIGKILL);
}

void PtraceKernel::pause() {
  const timespec moment{0, 200'000};
  ::nanosleep(&moment, nullptr);
}

Nanoseconds PtraceKernel::now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * Nanoseconds{1'000'000'000} + t.tv_nsec;
}

}  // namespace sidestep::os
