// One encoding through all situations, slots and forms.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compare.hpp"

namespace sidestep::test {

/// What became of an encoding here, best case first.
enum class Native : std::uint8_t {
  Completes,  ///< in at least one situation
  Faults,     ///< in all, but the processor knows it
  Illegal,    ///< SIGILL in all: this processor lacks it, or nobody has it (ud2)
  NotRun,     ///< must not be
};

struct Difference {
  std::string what;
  std::string where;  ///< enough to run it again
};

struct Result {
  Native native = Native::NotRun;
  std::string refusal;  ///< why the product refuses it; empty: it does not
  std::vector<Difference> differences;
  std::size_t runs = 0;        ///< out of line
  std::size_t situations = 0;  ///< that is, runs in place
  bool went_on = false, jumped = false;
  bool shows_fpu_ip = false;  ///< its own address was left as that of the last x87 instruction
};

struct Extent {
  std::uint64_t seed = 1;
  std::size_t rounds = 1;
  bool structure = true;  ///< slots are read as well as run
  bool all_ways = false;  ///< all flavours and slots in both forms; otherwise a choice of them
};

class Tester {
 public:
  explicit Tester(const core::Architecture& arch) : arch_(arch) {}

  Result test(const Encoding& encoding, const Extent& extent);
  /// As `test`, but with what another architecture makes of it, up to the first difference.
  Result test_as(const core::Architecture& arch, const Encoding& encoding, const Extent& extent);

 private:
  struct Job;
  void run(Job& job, const Extent& extent, Flavour flavour, std::uint64_t seed);
  void run_from(Job& job, const Situation& situation, const Ending& in_place,
                const core::Instruction& insn, Address slot, Passage passage);

  const core::Architecture& arch_;
  Runner runner_;
};

/// Why an instruction must not be run with anything in the registers; nullptr: it may.
const char* reason_not_to_run(ZydisMnemonic mnemonic);

}  // namespace sidestep::test
