// A child under ptrace with a fixed layout of memory, in which single instructions are run.
// All of the code page that is not the instruction is int3, so wherever control goes, it stops.
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <csignal>
#include <cstdint>
#include <span>
#include <vector>

#include "sidestep/types.hpp"

namespace sidestep::test {

using Bytes = std::vector<std::uint8_t>;

/// Below 4 GiB, for the sake of EIP-relative operands and far pointers.
namespace layout {
inline constexpr std::uint64_t page = 0x1000;
inline constexpr Address code{0x1000'0000};
inline constexpr Address site{0x1000'0800};
inline constexpr Address target{0x1000'0c00};  ///< where branches go that go far
inline constexpr Address data{0x1001'0000};
inline constexpr Address operand{0x1001'0400};  ///< 64-byte aligned, in the middle of data
inline constexpr Address stack{0x1002'0000};
inline constexpr Address stack_pointer{0x1002'0800};
inline constexpr Address near_slot{0x1003'0040};
inline constexpr Address far_slot{0x5000'0000'0040};  ///< out of any rel32's reach
}  // namespace layout

/// All that an instruction can read or write.
struct State {
  user_regs_struct regs{};
  Bytes xstate;  ///< in the format of XSAVE
  Bytes data;    ///< the page at layout::data
  Bytes stack;   ///< the page at layout::stack

  std::uint8_t* data_at(Address at) { return data.data() + (at - layout::data); }
  std::uint8_t* stack_at(Address at) { return stack.data() + (at - layout::stack); }
  void poke(Address at, std::uint64_t value);  ///< 8 bytes in data or stack
  std::uint64_t fpu_ip() const;
  void set_fpu_ip(std::uint64_t value);
};

/// How a stretch of execution ended.
struct Stop {
  int signal = 0;  ///< 0: the child is gone
  int code = 0;    ///< si_code
  Address fault;   ///< si_addr
};

class Sandbox {
 public:
  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Patterns in all registers and pages; pointers where instructions like to have them.
  State initial() const;
  /// Everything as in `state`; `code` at the site, int3 in the rest of its page.
  void load(const State& state, std::span<const std::uint8_t> code);
  State save() const;

  void write(Address at, std::span<const std::uint8_t> bytes);
  user_regs_struct registers() const;
  void set_registers(const user_regs_struct& regs);

  Stop resume(int request, int signal = 0);  ///< PTRACE_CONT, _SINGLESTEP or _SYSCALL; waits
  pid_t pid() const { return pid_; }

 private:
  Bytes read(Address at, std::size_t size) const;
  Stop wait();

  pid_t pid_ = 0;
  int memory_ = -1;
  user_regs_struct first_regs_{};
  Bytes first_xstate_;
};

}  // namespace sidestep::test
