#include "linux/seccomp.hpp"

#include <linux/audit.h>
#include <sys/ptrace.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "linux/proc.hpp"

namespace sidestep::os {
namespace {

constexpr auto get_filter = static_cast<__ptrace_request>(0x420c);  // PTRACE_SECCOMP_GET_FILTER

struct Machine {
  std::uint32_t a = 0, x = 0;
  std::array<std::uint32_t, BPF_MEMWORDS> memory{};
};

bool calculate(const sock_filter& insn, Machine& m) {
  const std::uint32_t by = BPF_SRC(insn.code) == BPF_X ? m.x : insn.k;
  switch (BPF_OP(insn.code)) {
    case BPF_ADD:
      m.a += by;
      return true;
    case BPF_SUB:
      m.a -= by;
      return true;
    case BPF_MUL:
      m.a *= by;
      return true;
    case BPF_DIV:
      if (by) m.a /= by;
      return by != 0;
    case BPF_OR:
      m.a |= by;
      return true;
    case BPF_AND:
      m.a &= by;
      return true;
    case BPF_XOR:
      m.a ^= by;
      return true;
    case BPF_LSH:
      m.a = by < 32 ? m.a << by : 0;
      return true;
    case BPF_RSH:
      m.a = by < 32 ? m.a >> by : 0;
      return true;
    case BPF_NEG:
      m.a = -m.a;
      return true;
    default:
      return false;
  }
}

/// How far to jump; -1: unknown.
std::int64_t jump(const sock_filter& insn, const Machine& m) {
  const std::uint32_t by = BPF_SRC(insn.code) == BPF_X ? m.x : insn.k;
  switch (BPF_OP(insn.code)) {
    case BPF_JA:
      return insn.k;
    case BPF_JEQ:
      return m.a == by ? insn.jt : insn.jf;
    case BPF_JGT:
      return m.a > by ? insn.jt : insn.jf;
    case BPF_JGE:
      return m.a >= by ? insn.jt : insn.jf;
    case BPF_JSET:
      return m.a & by ? insn.jt : insn.jf;
    default:
      return -1;
  }
}

bool load(const sock_filter& insn, const seccomp_data& data, Machine& m) {
  std::uint32_t& to = BPF_CLASS(insn.code) == BPF_LD ? m.a : m.x;
  switch (BPF_MODE(insn.code)) {
    case BPF_ABS:
      if (insn.k + 4 > sizeof data || BPF_CLASS(insn.code) != BPF_LD) return false;
      std::memcpy(&to, reinterpret_cast<const char*>(&data) + insn.k, 4);
      return true;
    case BPF_IMM:
      to = insn.k;
      return true;
    case BPF_MEM:
      if (insn.k >= m.memory.size()) return false;
      to = m.memory[insn.k];
      return true;
    case BPF_LEN:
      to = sizeof data;
      return true;
    default:
      return false;
  }
}

bool store(const sock_filter& insn, Machine& m) {
  if (insn.k >= m.memory.size()) return false;
  m.memory[insn.k] = BPF_CLASS(insn.code) == BPF_ST ? m.a : m.x;
  return true;
}

void move(const sock_filter& insn, Machine& m) {
  if (BPF_MISCOP(insn.code) == BPF_TAX)
    m.x = m.a;
  else
    m.a = m.x;
}

}  // namespace

std::uint32_t run_filter(std::span<const sock_filter> program, const seccomp_data& data) {
  constexpr std::uint32_t not_understood = SECCOMP_RET_KILL_PROCESS;
  Machine m;
  for (std::size_t pc = 0; pc < program.size(); ++pc) {  // jumps go forward only: it ends
    const sock_filter& insn = program[pc];
    switch (BPF_CLASS(insn.code)) {
      case BPF_RET:
        return BPF_RVAL(insn.code) == BPF_A ? m.a : insn.k;
      case BPF_JMP: {
        const std::int64_t by = jump(insn, m);
        if (by < 0) return not_understood;
        pc += static_cast<std::size_t>(by);
        break;
      }
      case BPF_LD:
      case BPF_LDX:
        if (!load(insn, data, m)) return not_understood;
        break;
      case BPF_ST:
      case BPF_STX:
        if (!store(insn, m)) return not_understood;
        break;
      case BPF_ALU:
        if (!calculate(insn, m)) return not_understood;
        break;
      default:  // BPF_MISC
        move(insn, m);
    }
  }
  return not_understood;
}

bool seccomp_allows(Tid tid, const core::RemoteCall& call, Address insn) {
  const auto status = proc::status(tid);
  if (!status || !status->filtered) return status.has_value();
  seccomp_data data{};
  data.nr = static_cast<int>(call.number);
  data.arch = AUDIT_ARCH_X86_64;
  data.instruction_pointer = insn.value + 2;  // behind the instruction
  std::copy(call.args.begin(), call.args.end(), std::begin(data.args));
  for (unsigned long i = 0;; ++i) {
    const long length = ::ptrace(get_filter, tid.value, i, nullptr);
    if (length < 0) return errno == ENOENT && i > 0;  // behind the last one
    std::vector<sock_filter> program(static_cast<std::size_t>(length));
    if (::ptrace(get_filter, tid.value, i, program.data()) < 0) return false;
    const std::uint32_t verdict = run_filter(program, data) & SECCOMP_RET_ACTION_FULL;
    if (verdict != SECCOMP_RET_ALLOW && verdict != SECCOMP_RET_LOG) return false;
  }
}

}  // namespace sidestep::os
