// core::Kernel on ptrace(2) and /proc.
#pragma once

#include "core/kernel.hpp"
#include "linux/memory.hpp"
#include "linux/stopped_registers.hpp"
#include "linux/waiter.hpp"

namespace sidestep::os {

class PtraceKernel final : public core::Kernel {
 public:
  enum class Debug { Off, Waits };  ///< Waits: print every wait result to standard error
  PtraceKernel(Wait wait, Debug debug) : waiter_(wait), debug_(debug) {}
  /// The program has just been started by us.
  void launched() { waiter_.launched(); }
  /// A thread of this process that works for the tracing thread until that ends.
  void has_helper(pthread_t helper) { waiter_.take_along(helper); }

  std::optional<core::RawStop> wait(WaitFor how) override;
  bool alone() const override { return waiter_.alone(); }
  void keep(Tid tid) override { waiter_.keep(tid); }

  bool resume(Tid tid, core::Resume resume) override;
  void interrupt(Tid tid) override;
  std::optional<Address> pc(Tid tid) override { return registers_.pc(tid); }
  bool set_pc(Tid tid, Address pc) override { return registers_.set_pc(tid, pc); }
  std::optional<core::Registers> registers(Tid tid) override { return registers_.all(tid); }
  bool set_registers(Tid tid, const core::Registers& regs) override {
    return registers_.set_all(tid, regs);
  }
  std::optional<core::VectorRegisters> vector_registers(Tid tid) override;
  std::string comm(Tid tid) override;
  bool own_trap_flag(Tid tid) override;
  void translate_fpu_ip(Tid tid, Address from, Address to) override;
  std::optional<core::SigInfo> siginfo(Tid tid) override;
  bool set_siginfo(Tid tid, const core::SigInfo& info) override;
  core::SignalCause cause(int signo, const core::SigInfo& info) const override;
  void translate_fault(core::SigInfo& info, Address from, Address to) const override;
  void queue_signal(Tid tid, int signo, const core::SigInfo& info) override;
  std::optional<core::SignalMask> signal_mask(Tid tid) override;
  bool set_signal_mask(Tid tid, core::SignalMask mask) override;
  core::SignalMask mask_for_hold() const override;
  core::Disposition disposition(Tid tid, int signo) override;
  bool in_sequence(Tid tid, Address at) override;
  bool at_syscall_exit(Tid tid) override;
  std::uint64_t event_message(Tid tid) override;

  std::size_t read(Tid tid, Address from, std::span<std::uint8_t> to) override {
    return memory_.read(tid, from, to);
  }
  std::size_t write(Tid tid, Address to, std::span<const std::uint8_t> from) override {
    return memory_.write(tid, to, from);
  }
  void forget_memory(Tid tid) override { memory_.forget(tid); }
  core::RemoteCall map_code(AddressRange where) const override;
  std::vector<std::uint8_t> trap_action(Address handler, Address restorer) const override;
  core::RemoteCall set_trap_action(Address action) const override;
  core::RemoteCall get_trap_action(Address action) const override;
  std::size_t action_bytes() const override;
  std::optional<core::SignalMask> mask_before_trap(core::SignalMask now) const override;
  bool may_call(Tid tid, const core::RemoteCall& call, Address insn) override;

  Result<std::vector<Tid>> attach(Pid pid) override;
  std::string file_of(Tid tid, const core::Mapping& mapping) override;
  std::optional<core::Identity> identify(Tid tid) override;
  bool share_memory(Tid a, Tid b) override;
  std::vector<core::Mapping> mappings(Tid tid) override;
  std::string executable(Tid tid) override;
  Startup startup(Tid tid) override;
  bool asleep_or_gone(Tid tid) override;
  std::optional<std::uint64_t> cpu_time(Tid tid) override;
  bool trap_pending(Tid tid) override;
  bool in_stop(Tid tid) override;
  void kill(Pid pid) override;
  void pause() override;
  Nanoseconds now() override;

 private:
  void print(const core::RawStop& stop) const;

  Waiter waiter_;
  StoppedRegisters registers_;
  Memory memory_;
  Debug debug_;
};

}  // namespace sidestep::os
