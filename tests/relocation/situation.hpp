// An instruction at its site and the machine that is to run it: random, but such that its operands
// lie in memory that is there, and that branches lead to where something waits.
#pragma once

#include <optional>

#include "corpus.hpp"
#include "machine.hpp"
#include "random.hpp"

namespace sidestep::test {

enum class Flavour : std::uint8_t {
  Aligned,    ///< operands on 64-byte boundaries
  Unaligned,  ///< anywhere; alignment check flag and floating-point exceptions may be on
  Wild,       ///< all registers but RSP random: most memory operands fault
  WildStack,  ///< RSP too
  Count,
};

struct Situation {
  Bytes code;  ///< to stand at layout::site
  Decoded decoded;
  Machine start;
};

struct Origin {
  const user_regs_struct& regs;  ///< for the segment registers
  const Bytes& xstate;           ///< for the layout
};

Situation make_situation(const Encoding& encoding, Flavour flavour, const Origin& origin,
                         std::uint64_t seed);

/// Where a memory operand lies, if no vector register takes part. `next`: behind the instruction.
std::optional<Address> address_of(const ZydisDecodedOperand& operand, const Machine& machine,
                                  Address next);
/// The number of the general-purpose register that `reg` is all or part of.
std::optional<unsigned> gpr_number(ZydisRegister reg);

}  // namespace sidestep::test
