// core::Kernel on the machine of machine.hpp. Between any two of the engine's calls the running
// threads may go on, at random but by the seed: every window that exists gets hit sooner or later.
#pragma once

#include <functional>

#include "machine.hpp"

namespace sidestep::core::test {

class ScriptedKernel final : public Kernel {
 public:
  explicit ScriptedKernel(Machine& machine) : machine_(machine) {}

  /// After this many waits `then` is called once, as by a signal to the tracer.
  void after_waits(std::uint64_t waits, std::function<void()> then) {
    stop_after_ = waits, then_ = std::move(then);
  }
  std::uint64_t interrupts = 0;

  std::optional<RawStop> wait(WaitFor how) override;
  bool alone() const override { return alone_; }
  void keep(Tid tid) override { (void)stopped(tid); }
  bool resume(Tid tid, Resume resume) override;
  void interrupt(Tid tid) override;
  std::optional<Address> pc(Tid tid) override;
  bool set_pc(Tid tid, Address pc) override;
  std::optional<Registers> registers(Tid tid) override;
  bool set_registers(Tid tid, const Registers& regs) override;
  bool own_trap_flag(Tid) override { return false; }
  void translate_fpu_ip(Tid, Address, Address) override {}
  std::optional<SigInfo> siginfo(Tid tid) override;
  bool set_siginfo(Tid tid, const SigInfo& info) override;
  SignalCause cause(int, const SigInfo& info) const override;
  void translate_fault(SigInfo& info, Address from, Address to) const override;
  std::optional<SignalMask> signal_mask(Tid tid) override;
  void queue_signal(Tid tid, int signo, const SigInfo& info) override;
  bool set_signal_mask(Tid tid, SignalMask mask) override;
  SignalMask mask_for_hold() const override { return ~((1ull << 4) | (1ull << 10)); }
  Disposition disposition(Tid, int signo) override {
    return signo == 5 ? Disposition::Fatal : Disposition::Handled;
  }
  bool at_syscall_exit(Tid tid) override;
  std::uint64_t event_message(Tid) override { return 0; }
  std::size_t read(Tid tid, Address from, std::span<std::uint8_t> to) override;
  std::size_t write(Tid tid, Address to, std::span<const std::uint8_t> from) override;
  void forget_memory(Tid) override {}
  std::vector<std::uint8_t> trap_action(Address, Address) const override { return {}; }
  RemoteCall set_trap_action(Address) const override { return {}; }
  RemoteCall get_trap_action(Address) const override { return {}; }
  std::size_t action_bytes() const override { return 0; }
  std::optional<SignalMask> mask_before_trap(SignalMask) const override { return std::nullopt; }
  RemoteCall map_code(AddressRange where) const override {
    return {9, {where.begin.value, where.size()}};
  }
  Result<std::vector<Tid>> attach(Pid) override;
  std::string file_of(Tid, const Mapping& m) override { return m.path; }
  bool may_call(Tid, const RemoteCall&, Address) override { return true; }
  std::optional<Identity> identify(Tid) override {
    return Identity{{machine_.threads.front()->tid.value}, {1}};
  }
  bool share_memory(Tid, Tid) override { return true; }
  std::vector<Mapping> mappings(Tid tid) override;
  std::string executable(Tid) override { return "/sim/program"; }
  Startup startup(Tid) override { return {program_base, {}}; }
  bool asleep_or_gone(Tid tid) override;
  std::optional<std::uint64_t> cpu_time(Tid tid) override;
  bool trap_pending(Tid tid) override;
  bool in_stop(Tid tid) override;
  void kill(Pid) override {}
  void pause() override { churn(6); }
  Nanoseconds now() override { return static_cast<Nanoseconds>(waits_); }

 private:
  void churn(unsigned most);
  std::optional<RawStop> next_stop();
  /// The thread, which the engine must have seen stop; nullptr and a complaint otherwise.
  SimThread* stopped(Tid tid);
  void give_up(const char* why);

  Machine& machine_;
  bool alone_ = false;
  std::uint64_t waits_ = 0, stop_after_ = ~0ull;
  std::function<void()> then_;
};

}  // namespace sidestep::core::test
