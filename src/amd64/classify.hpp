// What an instruction is, and how a thread gets past it: the first half of relocation.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "core/relocation.hpp"

namespace sidestep::amd64 {

/// How the slot is built. Kept in `core::Instruction::kind`.
enum class Kind : std::uint8_t {
  Straight,         ///< copy, jump back; a twin
  Jump,             ///< jmp rel
  ConditionalJump,  ///< jcc rel
  ShortBranch,      ///< loop, loope, loopne, jrcxz, jecxz: no rel32 form exists
  DirectCall,       ///< call rel32: push, jump
  IndirectCall,     ///< call r/m: push, jmp r/m
  Transfer,         ///< copied, never comes to what follows it in the slot
  Transaction,      ///< xbegin
  Syscall,          ///< the syscall instruction
  Int80,            ///< int 80h
  OwnTrap,          ///< the program's own int3
};

std::variant<core::Instruction, core::Refusal> analyze(std::span<const std::uint8_t> code,
                                                       Address site);

}  // namespace sidestep::amd64
