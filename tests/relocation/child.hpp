// A child under ptrace that has nothing in its memory but the windows of layout.hpp, all of which
// this process sees too: no C library, no vdso, no system call instruction but one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/state.hpp"
#include "linux/ptrace_kernel.hpp"
#include "machine.hpp"

namespace sidestep::test {

class Child {
 public:
  /// What a wait told. `signal` 0 and no system call: the child is gone, or had to be killed
  /// because it ran on and on.
  struct Stop {
    int signal = 0;
    bool system_call = false;
    bool gone() const { return signal == 0 && !system_call; }
  };

  Child();
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void load(const Machine& machine);
  void save(Machine& out);
  /// `bytes` as code or whatever the window holds.
  void write(Address at, std::span<const std::uint8_t> bytes);
  void fill_code(Address at, std::size_t size);  ///< with int3 again
  Stop resume(core::Resume resume);

  os::PtraceKernel& kernel() { return kernel_; }
  Tid tid() const { return {pid_}; }
  const user_regs_struct& first_registers() const { return first_; }
  const Bytes& first_xstate() const { return first_xstate_; }

 private:
  void expect_first_stop();
  void move_in();
  void clear_out();
  std::int64_t call(Address insn, std::uint64_t number, std::array<std::uint64_t, 5> args);
  Stop wait();
  std::uint8_t* shared(Address at) const;

  int pid_ = 0;
  std::uint8_t* shared_ = nullptr;
  os::PtraceKernel kernel_;
  user_regs_struct first_{};
  Bytes first_xstate_;
};

}  // namespace sidestep::test
