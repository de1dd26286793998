// Calls as push and jump. Private to src/amd64.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "amd64/decode.hpp"
#include "core/relocation.hpp"

namespace sidestep::amd64 {

using InstructionBytes = core::Inline<std::uint8_t, max_instruction>;

/// For a near `call r/m`: the bytes of `jmp r/m` that, run after the return address was pushed,
/// read the operand as the call would have. Displacements relative to the instruction pointer
/// are left as they are. Nothing where no such jump exists: the call is then single-stepped.
std::optional<InstructionBytes> jump_after_push(const Decoded& call,
                                                std::span<const std::uint8_t> bytes);

}  // namespace sidestep::amd64
