// What an instruction does to the program counter, and what that asks of a slot. Private to the
// oracle.
#pragma once

#include <optional>
#include <string>

#include "oracle/reading.hpp"

namespace sidestep::oracle {

enum class Effect {
  GoesOn,        ///< runs, and is followed by the next instruction
  Jumps,         ///< jmp rel
  Decides,       ///< jcc, loop, jrcxz
  Calls,         ///< call rel
  CallsThrough,  ///< near call r/m
  Leaves,        ///< jmp r/m, ret, iret, far jumps and returns: the same from anywhere
  CallsFar,      ///< a far call: pushes where it stands
  Speculates,    ///< xbegin
  EntersKernel,  ///< syscall, int 80h
  Traps,         ///< int3, one byte
};

Effect effect_of(const Reading& reading);

/// Why no slot can do what this instruction does; nothing if one can.
std::optional<std::string> impossible(const Reading& reading);

/// Must be caught behind itself, or its address in the FPU would be the slot's.
bool keeps_its_address_in_the_fpu(const Reading& reading);
/// May be seen half done, with the PC still at itself.
bool repeats(const Reading& reading);

}  // namespace sidestep::oracle
