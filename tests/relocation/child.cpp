#include "child.hpp"

#include <elf.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace sidestep::test {
namespace {

constexpr int system_call_stop = SIGTRAP | 0x80;
constexpr std::uint8_t int3 = 0xcc;

void check(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  std::abort();
}

/// A clock that interrupts waits, so that one that lasts can be given up.
void tick() {
  static const bool started = [] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGALRM, &action, nullptr);
    const itimerval every{{1, 0}, {1, 0}};
    setitimer(ITIMER_REAL, &every, nullptr);
    return true;
  }();
  (void)started;
}

/// The kernel would write to the C library's restartable-sequence area, which is going to be
/// unmapped. (No such area: nothing happens.)
void leave_restartable_sequences() {
  constexpr int unregister = 1;
  char* const thread = static_cast<char*>(__builtin_thread_pointer());
  syscall(SYS_rseq, thread + __rseq_offset, 32, unregister, RSEQ_SIG);
}

[[noreturn]] void be_child(std::uint8_t* shared) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  leave_restartable_sequences();
  if (mprotect(shared, layout::shared_bytes, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) _exit(2);
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(3);
  raise(SIGSTOP);
  _exit(4);
}

}  // namespace

Child::Child() : kernel_(Wait::Block, os::PtraceKernel::Debug::Off) {
  void* const memory = mmap(nullptr, layout::shared_bytes, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  check(memory != MAP_FAILED, "mmap");
  shared_ = static_cast<std::uint8_t*>(memory);
  for (const layout::Window& window : layout::windows)
    if (window.use == layout::Use::Code) fill_code(window.begin, window.bytes);
  const std::uint8_t syscall_insn[] = {0x0f, 0x05, int3};
  write(layout::system_call, syscall_insn);
  tick();
  pid_ = fork();
  check(pid_ >= 0, "fork");
  if (pid_ == 0) be_child(shared_);
  expect_first_stop();
  move_in();
  clear_out();
  fill_code(layout::system_call, sizeof syscall_insn);
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  munmap(shared_, layout::shared_bytes);
}

void Child::expect_first_stop() {
  check(wait().signal == SIGSTOP, "the child could not be set up");
  const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD;
  check(ptrace(PTRACE_SETOPTIONS, pid_, nullptr, options) == 0, "PTRACE_SETOPTIONS");
  check(ptrace(PTRACE_GETREGS, pid_, nullptr, &first_) == 0, "PTRACE_GETREGS");
  first_.orig_rax = ~0ull;  // not inside a call
  first_xstate_.resize(1 << 16);
  iovec area{first_xstate_.data(), first_xstate_.size()};
  check(ptrace(PTRACE_GETREGSET, pid_, NT_X86_XSTATE, &area) == 0, "PTRACE_GETREGSET");
  first_xstate_.resize(area.iov_len);
}

/// The windows become second mappings of the shared memory (mremap with an old size of 0).
void Child::move_in() {
  const Address insn{reinterpret_cast<std::uint64_t>(shared(layout::system_call))};
  const auto base = reinterpret_cast<std::uint64_t>(shared_);
  for (const layout::Window& window : layout::windows) {
    const std::uint64_t at = window.begin.value;
    const std::int64_t moved =
        call(insn, SYS_mremap,
             {base + window.offset, 0, window.bytes, MREMAP_MAYMOVE | MREMAP_FIXED, at});
    check(moved == static_cast<std::int64_t>(at), "mremap in the child");
    const bool code = window.use == layout::Use::Code;
    const int protection = PROT_READ | (code ? PROT_EXEC : PROT_WRITE);
    const auto wanted = static_cast<std::uint64_t>(protection);
    check(call(insn, SYS_mprotect, {at, window.bytes, wanted, 0, 0}) == 0, "mprotect in the child");
  }
}

/// Unmaps all but the windows.
void Child::clear_out() {
  std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
  std::vector<AddressRange> others;
  for (std::string line; std::getline(maps, line);) {
    AddressRange range{};
    check(std::sscanf(line.c_str(), "%lx-%lx", &range.begin.value, &range.end.value) == 2, "maps");
    const bool ours = std::any_of(layout::windows.begin(), layout::windows.end(),
                                  [&](const auto& w) { return w.contains(range.begin); });
    const bool kernels = line.find("[vsyscall]") != std::string::npos;
    if (!ours && !kernels) others.push_back(range);
  }
  for (const AddressRange& range : others)
    check(call(layout::system_call, SYS_munmap, {range.begin.value, range.size(), 0, 0, 0}) == 0,
          "munmap in the child");
}

std::int64_t Child::call(Address insn, std::uint64_t number, std::array<std::uint64_t, 5> args) {
  user_regs_struct regs = first_;
  regs.rip = insn.value;
  regs.rax = number;
  regs.rdi = args[0], regs.rsi = args[1], regs.rdx = args[2], regs.r10 = args[3], regs.r8 = args[4];
  check(ptrace(PTRACE_SETREGS, pid_, nullptr, &regs) == 0, "PTRACE_SETREGS");
  check(resume({core::Resume::How::Cont, 0}).signal == SIGTRAP, "a call in the child");
  check(ptrace(PTRACE_GETREGS, pid_, nullptr, &regs) == 0, "PTRACE_GETREGS");
  return static_cast<std::int64_t>(regs.rax);
}

std::uint8_t* Child::shared(Address at) const {
  for (const layout::Window& window : layout::windows)
    if (window.contains(at)) return shared_ + window.offset + (at - window.begin);
  std::abort();
}

void Child::write(Address at, std::span<const std::uint8_t> bytes) {
  std::memcpy(shared(at), bytes.data(), bytes.size());
}

void Child::fill_code(Address at, std::size_t size) {
  std::memset(shared(at), int3, size);
}

void Child::load(const Machine& machine) {
  write(layout::data, machine.data);
  write(layout::stack, machine.stack);
  ptrace(PTRACE_SETREGS, pid_, nullptr, &machine.regs);
  iovec area{const_cast<std::uint8_t*>(machine.xstate.data()), machine.xstate.size()};
  const bool loaded = ptrace(PTRACE_SETREGSET, pid_, NT_X86_XSTATE, &area) == 0;
  check(loaded || errno == ESRCH, "PTRACE_SETREGSET");
}

void Child::save(Machine& out) {
  ptrace(PTRACE_GETREGS, pid_, nullptr, &out.regs);
  out.xstate.resize(first_xstate_.size());
  iovec area{out.xstate.data(), out.xstate.size()};
  ptrace(PTRACE_GETREGSET, pid_, NT_X86_XSTATE, &area);
  std::memcpy(out.data.data(), shared(layout::data), out.data.size());
  std::memcpy(out.stack.data(), shared(layout::stack), out.stack.size());
}

Child::Stop Child::resume(core::Resume resume) {
  kernel_.resume(tid(), resume);
  return wait();
}

Child::Stop Child::wait() {
  constexpr int most_ticks = 20;  // seconds
  int status = 0;
  for (int ticks = 0;;) {
    const int got = waitpid(pid_, &status, 0);
    if (got == pid_) break;
    if (errno != EINTR) return {};
    if (++ticks == most_ticks) ::kill(pid_, SIGKILL);
  }
  if (!WIFSTOPPED(status)) {
    pid_ = -1;  // reaped: the number may be somebody else's
    return {};
  }
  if (WSTOPSIG(status) == system_call_stop) return {0, true};
  return {WSTOPSIG(status), false};
}

}  // namespace sidestep::test
