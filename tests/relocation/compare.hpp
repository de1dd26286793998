// Whether two endings are the same to the program.
#pragma once

#include <string>

#include "runner.hpp"
#include "situation.hpp"

namespace sidestep::test {

/// What an instruction leaves differs from run to run: what is not compared, and why.
struct Mask {
  ZydisMnemonic mnemonic;
  const char* reason;
  std::uint16_t registers = 0;  ///< one bit a register, in the order of the encoding
  bool first_operand = false;   ///< a register operand
  bool carry = false;
};
std::span<const Mask> masks();
const Mask* mask_for(ZydisMnemonic mnemonic);

/// The first difference in words; empty: none. Makes the masked parts equal.
std::string difference(const Situation& situation, const Ending& in_place, Ending displaced);

}  // namespace sidestep::test
