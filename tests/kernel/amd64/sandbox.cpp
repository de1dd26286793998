#include "sandbox.hpp"

#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace sidestep::test {
namespace {

// Offsets in the XSAVE area (SDM vol. 1, 13.4): x87's instruction pointer, XMM0-15, the header's
// mask of components in use, and the upper halves of YMM0-15.
constexpr std::size_t fip_offset = 8;
constexpr std::size_t xmm_offset = 160;
constexpr std::size_t mask_offset = 512;
constexpr std::size_t ymm_offset = 576;
constexpr std::size_t vector_bytes = 256;
constexpr std::uint8_t x87_sse_avx = 7;

/// In the child; on failure it leaves with a status that names the step.
[[noreturn]] void be_child() {
  const Address pages[] = {layout::code, layout::data, layout::stack, layout::near_slot - 0x40,
                           layout::far_slot - 0x40};
  for (const Address page : pages) {
    void* const wanted = reinterpret_cast<void*>(page.value);
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    if (mmap(wanted, layout::page, PROT_READ | PROT_WRITE | PROT_EXEC, flags, -1, 0) != wanted) {
      _exit(2);
    }
  }
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(3);
  raise(SIGSTOP);
  _exit(4);
}

void check(bool ok, const char* what) {
  if (!ok) ADD_FAILURE() << what << ": " << std::strerror(errno);
}

}  // namespace

void State::poke(Address at, std::uint64_t value) {
  const bool on_stack = at >= layout::stack;
  std::memcpy(on_stack ? stack_at(at) : data_at(at), &value, sizeof value);
}

std::uint64_t State::fpu_ip() const {
  std::uint64_t out = 0;
  std::memcpy(&out, xstate.data() + fip_offset, sizeof out);
  return out;
}

void State::set_fpu_ip(std::uint64_t value) {
  std::memcpy(xstate.data() + fip_offset, &value, sizeof value);
}

Sandbox::Sandbox() {
  pid_ = fork();
  if (pid_ == 0) be_child();
  const Stop stop = wait();
  EXPECT_EQ(stop.signal, SIGSTOP) << "the child could not be set up";
  const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD;
  check(ptrace(PTRACE_SETOPTIONS, pid_, nullptr, options) == 0, "PTRACE_SETOPTIONS");
  memory_ = open(("/proc/" + std::to_string(pid_) + "/mem").c_str(), O_RDWR | O_CLOEXEC);
  check(memory_ >= 0, "open mem");
  first_regs_ = registers();
  first_xstate_.resize(16384);
  iovec area{first_xstate_.data(), first_xstate_.size()};
  check(ptrace(PTRACE_GETREGSET, pid_, NT_X86_XSTATE, &area) == 0, "PTRACE_GETREGSET");
  first_xstate_.resize(area.iov_len);
}

Sandbox::~Sandbox() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  close(memory_);
}

State Sandbox::initial() const {
  State out;
  out.regs = first_regs_;
  user_regs_struct& regs = out.regs;
  unsigned long long pattern = 0x0123'4567'89ab'cdef;
  for (auto* reg : {&regs.rax, &regs.rdx, &regs.r8, &regs.r9, &regs.r10, &regs.r11, &regs.r12,
                    &regs.r13, &regs.r14, &regs.r15}) {
    *reg = pattern;
    pattern = pattern * 6364136223846793005u + 1442695040888963407u;
  }
  regs.rbx = layout::operand.value + 0x80;
  regs.rcx = 3;
  regs.rsi = layout::data.value + 0x100;
  regs.rdi = layout::data.value + 0x200;
  regs.rbp = layout::stack_pointer.value + 0x40;
  regs.rsp = layout::stack_pointer.value;
  regs.fs_base = layout::data.value;
  regs.gs_base = 0;
  regs.eflags = 0x202;
  regs.orig_rax = ~0ull;  // not inside a call
  regs.rip = layout::site.value;
  out.data.resize(layout::page);
  out.stack.resize(layout::page);
  for (std::size_t i = 0; i < layout::page; ++i) {
    out.data[i] = static_cast<std::uint8_t>(i * 7 + 3);
    out.stack[i] = static_cast<std::uint8_t>(i * 5 + 1);
  }
  out.xstate = first_xstate_;
  const bool has_avx = __builtin_cpu_supports("avx") != 0;
  for (std::size_t i = 0; i < vector_bytes; ++i) {
    out.xstate[xmm_offset + i] = static_cast<std::uint8_t>(i * 11 + 9);
    if (has_avx) out.xstate[ymm_offset + i] = static_cast<std::uint8_t>(i * 13 + 2);
  }
  out.xstate[mask_offset] |= has_avx ? x87_sse_avx : 3;
  return out;
}

void Sandbox::load(const State& state, std::span<const std::uint8_t> code) {
  Bytes page(layout::page, 0xcc);
  std::copy(code.begin(), code.end(), page.begin() + (layout::site - layout::code));
  write(layout::code, page);
  write(layout::data, state.data);
  write(layout::stack, state.stack);
  set_registers(state.regs);
  Bytes copy = state.xstate;
  iovec area{copy.data(), copy.size()};
  check(ptrace(PTRACE_SETREGSET, pid_, NT_X86_XSTATE, &area) == 0, "PTRACE_SETREGSET");
}

State Sandbox::save() const {
  State out;
  out.regs = registers();
  out.data = read(layout::data, layout::page);
  out.stack = read(layout::stack, layout::page);
  out.xstate.resize(first_xstate_.size());
  iovec area{out.xstate.data(), out.xstate.size()};
  check(ptrace(PTRACE_GETREGSET, pid_, NT_X86_XSTATE, &area) == 0, "PTRACE_GETREGSET");
  return out;
}

void Sandbox::write(Address at, std::span<const std::uint8_t> bytes) {
  const ssize_t done = pwrite(memory_, bytes.data(), bytes.size(), static_cast<off_t>(at.value));
  check(done == static_cast<ssize_t>(bytes.size()), "pwrite mem");
}

Bytes Sandbox::read(Address at, std::size_t size) const {
  Bytes out(size);
  const ssize_t done = pread(memory_, out.data(), size, static_cast<off_t>(at.value));
  check(done == static_cast<ssize_t>(size), "pread mem");
  return out;
}

user_regs_struct Sandbox::registers() const {
  user_regs_struct out{};
  check(ptrace(PTRACE_GETREGS, pid_, nullptr, &out) == 0, "PTRACE_GETREGS");
  return out;
}

void Sandbox::set_registers(const user_regs_struct& regs) {
  check(ptrace(PTRACE_SETREGS, pid_, nullptr, &regs) == 0, "PTRACE_SETREGS");
}

Stop Sandbox::resume(int request, int signal) {
  const auto how = static_cast<__ptrace_request>(request);
  check(ptrace(how, pid_, nullptr, static_cast<long>(signal)) == 0, "resume");
  return wait();
}

Stop Sandbox::wait() {
  int status = 0;
  check(waitpid(pid_, &status, 0) == pid_, "waitpid");
  if (!WIFSTOPPED(status)) return {};
  Stop out{WSTOPSIG(status), 0, {}};
  siginfo_t info{};
  if (ptrace(PTRACE_GETSIGINFO, pid_, nullptr, &info) != 0) return out;
  out.code = info.si_code;
  out.fault.value = reinterpret_cast<std::uint64_t>(info.si_addr);
  return out;
}

}  // namespace sidestep::test
