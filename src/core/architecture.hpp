// The seam to one processor architecture. To add one: implement this in a folder of its own beside
// src/amd64 (same file names: decode, relocate, registers) and name it in src/session.
//
// What differs between architectures and therefore passes through here:
//   trap instruction and its length, PC adjustment after a trap, decoding and relocation,
//   which register is what (PC, stack, system call number, arguments, result),
//   how a system call is restarted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "core/relocation.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

/// The kernel's general-purpose register block (NT_PRSTATUS), opaque outside the Architecture.
struct Registers {
  std::array<std::uint64_t, 40> words{};
};

/// The floating-point and vector registers (NT_PRFPREG), opaque outside the Architecture.
struct VectorRegisters {
  alignas(16) std::array<std::uint8_t, 512> bytes{};
};

/// A system call to be run by a tracee thread on our behalf.
struct RemoteCall {
  std::uint64_t number = 0;
  std::array<std::uint64_t, 6> args{};
};

/// Code that passes our traps inside the tracee when nobody traces any more: a signal handler for
/// the trap's signal. Position-independent; finds the slots by their directory.
struct TrapHandler {
  std::span<const std::uint8_t> code;  ///< empty: there is none; entered at its start
  std::size_t restorer = 0;            ///< offset of the code that a handler returns to
  std::size_t first_area = 0;          ///< offset of the word that holds an area's address
};

/// Where control goes from an instruction. For finding out where instructions begin.
struct Flow {
  enum class Then : std::uint8_t {
    GoesOn,  ///< to the next instruction, or to `target`
    Calls,   ///< comes back to the next one, or never
    Leaves,  ///< not to the next one
  };
  std::uint8_t length = 0;
  Then then = Then::GoesOn;
  std::optional<Address> target;  ///< of a relative branch or call
  std::optional<Address> data;    ///< memory that it addresses relative to the PC
  std::optional<Address> taken;   ///< an address that it puts into a register (lea, mov)
  bool unlikely = false;          ///< hardly ever in programs, often in data
};

class Architecture {
 public:
  virtual ~Architecture() = default;

  // --- instructions; pure, thread-safe ---

  /// Decodes and classifies the instruction at `site`. `code` starts there and may be longer.
  virtual std::variant<Instruction, Refusal> analyze(std::span<const std::uint8_t> code,
                                                     Address site) const = 0;

  /// Bytes that do the same at `slot`; `slot` must be within reach (see `reaches`).
  virtual SlotImage relocate(const Instruction& insn, Address slot) const = 0;

  /// Whether a slot at `slot` can address what the instruction needs (RIP-relative operands).
  virtual bool reaches(const Instruction& insn, Address slot) const = 0;

  /// True when decoding from `from` (an instruction start) puts a boundary at `at`.
  /// `code` starts at `from` and covers `at`.
  virtual bool is_boundary(std::span<const std::uint8_t> code, Address from, Address at) const = 0;

  /// Decodes just that far; nullopt: no instruction. Without it (the default) nobody can tell where
  /// instructions begin, and `SPEC%insn` finds none.
  virtual std::optional<Flow> flow(std::span<const std::uint8_t>, Address) const {
    return std::nullopt;
  }

  /// True if code may jump behind the instruction's first byte and still run it (lock prefix).
  virtual bool starts_with_prefix(const Instruction& insn) const = 0;

  /// The trap instruction that arms a site: one byte written in place.
  virtual std::uint8_t trap_byte() const = 0;
  /// Whether code holds the word that the kernel wants before the abort handler of a restartable
  /// sequence (rseq), and not only as the number that registering one takes.
  virtual bool has_abort_signature(std::span<const std::uint8_t>) const { return false; }
  /// Finds a system-call instruction in executable bytes (for RemoteCall); npos if none.
  virtual std::size_t find_system_call(std::span<const std::uint8_t> code) const = 0;
  virtual TrapHandler trap_handler() const { return {}; }

  // --- registers ---

  /// General register by its DWARF number (DWARF psABI mapping); nullopt: there is none such.
  virtual std::optional<std::uint64_t> value(const Registers&, unsigned) const {
    return std::nullopt;
  }
  /// The first bytes of a vector or x87 register by its DWARF number; false: there is none such, or
  /// it is not so long.
  virtual bool value(const VectorRegisters&, unsigned, std::span<std::uint8_t>) const {
    return false;
  }
  /// At a function's first instruction: where in memory its return address lies.
  virtual Address return_slot(const Registers& regs) const { return stack(regs); }
  /// And what the stack pointer will be right behind the call when it has returned.
  virtual Address stack_after_return(const Registers& regs) const {
    return {stack(regs).value + 8};
  }
  /// Go: the address of the current goroutine's g is in a word of memory, or in a register.
  struct CurrentG {
    Address stored;          ///< where that word is
    std::uint64_t kept = 0;  ///< the register's value
  };
  virtual CurrentG current_g(const Registers&) const { return {}; }
  /// Whether an instruction in `before`, which ends at a return address, is a call; its target
  /// where that is fixed. `at`: the address of the first byte of `before`.
  struct CallBefore {
    bool is_call = false;
    std::optional<Address> target;
  };
  virtual CallBefore call_before(std::span<const std::uint8_t>, Address) const { return {}; }

  virtual Address pc(const Registers& regs) const = 0;
  virtual void set_pc(Registers& regs, Address pc) const = 0;
  virtual Address stack(const Registers& regs) const = 0;
  /// Some bytes below the stack, and below what code may use there: nothing keeps anything in them.
  virtual Address unused_stack(const Registers& regs) const = 0;
  /// Undoes the push of a half-done call: the stack pointer goes up by one word.
  virtual void undo_push(Registers& regs) const = 0;
  /// At a syscall-entry stop from a slot: PC, and what the instruction saves of it, become
  /// those of the original instruction.
  virtual void leave_slot_at_syscall(Registers& regs, const Instruction& insn) const = 0;
  /// Prepares `regs` to run `call` with the system-call instruction at `syscall_insn`; marks it as
  /// not being inside a call, so that no restart logic applies. All registers that the call does
  /// not need, the stack pointer excepted, point nowhere: if the tracer dies meanwhile, the thread
  /// runs on behind that instruction, whatever is there, and must not get far.
  virtual void prepare_call(Registers& regs, const RemoteCall& call,
                            Address syscall_insn) const = 0;
  virtual std::int64_t call_result(const Registers& regs) const = 0;
  virtual std::uint64_t call_number(const Registers& regs) const = 0;
  /// At a syscall-exit stop: the kernel is going to run this call again unless a handler
  /// intervenes (the -ERESTART* results, which the program never sees).
  virtual bool will_restart(const Registers& regs) const {
    // ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK (linux/errno.h)
    const std::int64_t result = -call_result(regs);
    const bool restarts = result == 512 || result == 513 || result == 514 || result == 516;
    return static_cast<std::int64_t>(call_number(regs)) >= 0 && restarts;
  }
  /// Marks `regs` as "not in a system call": to be used whenever saved registers are put back.
  virtual void forget_call(Registers& regs) const = 0;
  /// If `regs` show a call that was interrupted only by our own stop and would return EINTR to the
  /// program: rewrites them to run the call again, and returns true.
  virtual bool restart_interrupted_call(Registers& regs) const = 0;
  /// `returned`: registers of a call that a stop broke off (EINTR that can be hidden, -ERESTART*).
  /// What they are when the program is about to enter it again.
  virtual Registers rerun(const Registers& returned) const = 0;
  /// True if nothing has run between the two: they differ at most in what a trap and its return
  /// change by themselves.
  virtual bool alike(const Registers& a, const Registers& b) const = 0;
  /// The bit of the flags word that makes each instruction trap; 0 if there is none to be seen.
  virtual std::uint64_t trap_flag() const { return 0; }
};

}  // namespace sidestep::core
