// The seam to the operating system: everything the engine asks of the kernel. Implemented by
// src/linux on ptrace(2) and /proc, and by a scripted kernel in the tests.
// All calls come from one thread, the tracing thread (ptrace binds tracees to a thread).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/architecture.hpp"
#include "core/resolver.hpp"
#include "core/state.hpp"
#include "core/stop.hpp"
#include "sidestep/events.hpp"
#include "sidestep/result.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

/// The kernel's siginfo_t, opaque.
struct SigInfo {
  alignas(8) std::array<std::byte, 128> bytes{};
};

/// The parts of a siginfo that decisions depend on.
struct SignalCause {
  enum class Kind : std::uint8_t {
    Breakpoint,  ///< SIGTRAP of an int3 (SI_KERNEL)
    DebugTrap,   ///< SIGTRAP of a single-step or trap flag (TRAP_TRACE, TRAP_BRKPT, TRAP_HWBKPT)
    Fault,       ///< SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS raised by an instruction
    Sent,        ///< by a process, a timer, the kernel on behalf of an event
  };
  Kind kind = Kind::Sent;
};

using SignalMask = std::uint64_t;

/// Who a thread belongs to, from /proc.
struct Identity {
  Pid process;
  Pid parent;
};

class Kernel {
 public:
  enum class WaitFor : std::uint8_t { Poll, Block };

  virtual ~Kernel() = default;

  // --- waiting ---

  /// The next stop or end of a tracee. Poll: none pending → nullopt. Block: waits; nullopt if
  /// interrupted by a signal to us or if there are no tracees left (see `alone`).
  /// A stop stays unreaped until the thread is resumed or `keep` is called (engine.md, WNOWAIT).
  virtual std::optional<RawStop> wait(WaitFor how) = 0;
  /// True after a wait found that no tracee is left.
  virtual bool alone() const = 0;
  /// Takes the stop of `tid` off the wait queue: it is going to stay stopped.
  virtual void keep(Tid tid) = 0;

  // --- a stopped thread; false or nullopt: it has died meanwhile ---

  virtual bool resume(Tid tid, Resume resume) = 0;
  virtual void interrupt(Tid tid) = 0;
  virtual std::optional<Address> pc(Tid tid) = 0;
  virtual bool set_pc(Tid tid, Address pc) = 0;
  virtual std::optional<Registers> registers(Tid tid) = 0;
  virtual bool set_registers(Tid tid, const Registers& regs) = 0;
  virtual std::optional<VectorRegisters> vector_registers(Tid) { return std::nullopt; }
  /// The thread's name ("" gone); costs a file to be read.
  virtual std::string comm(Tid) { return ""; }
  /// True if the program itself has the trap flag set.
  virtual bool own_trap_flag(Tid tid) = 0;
  /// Replaces the recorded address of the last x87 instruction if it is `from`.
  virtual void translate_fpu_ip(Tid tid, Address from, Address to) = 0;
  virtual std::optional<SigInfo> siginfo(Tid tid) = 0;
  virtual bool set_siginfo(Tid tid, const SigInfo& info) = 0;
  virtual SignalCause cause(int signo, const SigInfo& info) const = 0;
  /// si_addr becomes `to` if it is `from`.
  virtual void translate_fault(SigInfo& info, Address from, Address to) const = 0;
  /// Sends a signal to the thread, with the original siginfo where the kernel allows it.
  virtual void queue_signal(Tid tid, int signo, const SigInfo& info) = 0;
  virtual std::optional<SignalMask> signal_mask(Tid tid) = 0;
  virtual bool set_signal_mask(Tid tid, SignalMask mask) = 0;
  /// Everything blocked but what instructions raise themselves.
  virtual SignalMask mask_for_hold() const = 0;
  virtual Disposition disposition(Tid tid, int signo) = 0;
  /// Whether the thread is in a restartable sequence (rseq) that covers `at`.
  virtual bool in_sequence(Tid, Address) { return false; }
  /// At a system-call stop: true if the call is returning, false if it is being entered.
  virtual bool at_syscall_exit(Tid tid) = 0;
  /// The ptrace event's message (a child's tid, an exit status).
  virtual std::uint64_t event_message(Tid tid) = 0;

  // --- memory, by any living thread of the process; bytes moved (0: none) ---

  virtual std::size_t read(Tid tid, Address from, std::span<std::uint8_t> to) = 0;
  virtual std::size_t write(Tid tid, Address to, std::span<const std::uint8_t> from) = 0;
  /// After an exec: the old memory is gone.
  virtual void forget_memory(Tid tid) = 0;

  /// The call that maps a private, anonymous, readable and executable area exactly there.
  virtual RemoteCall map_code(AddressRange where) const = 0;
  /// The action of a trap's signal, as it has to lie in the tracee's memory, and the call that sets
  /// it from there. It is a handler that runs with everything blocked, on the alternate stack.
  virtual std::vector<std::uint8_t> trap_action(Address handler, Address restorer) const = 0;
  virtual RemoteCall set_trap_action(Address action) const = 0;
  virtual RemoteCall get_trap_action(Address action) const = 0;
  virtual std::size_t action_bytes() const = 0;
  /// `now`: the mask of a thread that has trapped. nullopt: it was that before. Otherwise what it
  /// must have been: a thread that blocks everything else will have blocked SIGTRAP too.
  virtual std::optional<SignalMask> mask_before_trap(SignalMask now) const = 0;
  /// Whether the (stopped) thread may make the call, by the instruction at `insn`: a filter might
  /// kill the program for it.
  virtual bool may_call(Tid tid, const RemoteCall& call, Address insn) = 0;

  // --- processes ---

  /// Seizes every thread of a running process, and stops none; the threads. Those born meanwhile
  /// show themselves by their first stop.
  virtual Result<std::vector<Tid>> attach(Pid pid) = 0;
  /// Where the file of a mapping can be opened by us.
  virtual std::string file_of(Tid tid, const Mapping& mapping) = 0;
  virtual std::optional<Identity> identify(Tid tid) = 0;
  virtual bool share_memory(Tid a, Tid b) = 0;
  virtual std::vector<Mapping> mappings(Tid tid) = 0;
  /// Where the process's executable can be opened, and what it is called.
  virtual std::string executable(Tid tid) = 0;
  /// What the kernel told the program at its exec (the auxiliary vector).
  struct Startup {
    Address entry;        ///< the executable's entry point
    Address interpreter;  ///< load base of the dynamic linker; zero: static
  };
  virtual Startup startup(Tid tid) = 0;
  /// True if the thread is blocked in a system call, or gone: it can't be about to trap.
  virtual bool asleep_or_gone(Tid tid) = 0;
  /// CPU time used, ns; nullopt: gone.
  virtual std::optional<std::uint64_t> cpu_time(Tid tid) = 0;
  virtual bool trap_pending(Tid tid) = 0;
  /// Stopped under ptrace, whether wait() has told of it or not.
  virtual bool in_stop(Tid tid) = 0;
  virtual void kill(Pid pid) = 0;
  virtual void pause() = 0;       ///< a fraction of a millisecond, while draining
  virtual Nanoseconds now() = 0;  ///< CLOCK_MONOTONIC
};

}  // namespace sidestep::core
