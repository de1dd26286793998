// Runs one instruction in the child: at its own address, or as the tracer runs it when it is a
// site.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "child.hpp"
#include "core/architecture.hpp"
#include "core/site.hpp"

namespace sidestep::test {

/// How it ended, as the program sees it.
struct Ending {
  int signal = 0;   ///< 0: the instruction is complete and control is at after.regs.rip
  int code = 0;     ///< si_code
  Address address;  ///< si_addr
  Machine after;
  std::vector<user_regs_struct> calls;  ///< registers at each system-call stop
  /// The tracer's own: how many stops it had, and whether it took the thread to be done.
  int stops = 0;
  bool tracer_done = true;
  bool gone = false;  ///< the child had to be killed, or died
};

/// How the thread gets past the instruction.
enum class Passage : std::uint8_t {
  Boosted,
  Single,  ///< --step single
  Held,    ///< boosted, and a signal arrives before it has run: it is delivered behind it
};
struct Way {
  const core::Architecture& arch;
  Passage passage = Passage::Boosted;
  Address slot;
};

class Runner {
 public:
  /// `code` stands where the machine's PC is.
  Ending in_place(std::span<const std::uint8_t> code, const Machine& start);
  /// The same as a site: trap, slot, PC map, repairs, all by the product's own code.
  Ending displaced(const core::Instruction& insn, const Way& way, const Machine& start);

  /// What a child has to begin with: segments, and the layout of the extended state.
  const user_regs_struct& first_registers();
  const Bytes& first_xstate();

 private:
  Child& child();
  void finish(Ending& out, AddressRange own);
  Ending& lose(Ending& out);

  std::unique_ptr<Child> child_;
};

/// The site of `insn`, with its slot at `slot`.
core::Site make_site(const core::Architecture& arch, const core::Instruction& insn, Address slot);

}  // namespace sidestep::test
