// The DWARF expressions of call frame information, evaluated on a frame's registers: those of
// signal frames and of procedure linkage tables. Pure, but for the memory that it is given to read.
#pragma once

#include <elfutils/libdw.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>

#include "symbols/stack_memory.hpp"

namespace sidestep::symbols {

/// General registers by DWARF number, and the return address, which has one too: as they are in one
/// frame. Not all of an outer frame's are known.
struct FrameRegisters {
  static constexpr unsigned count = 17;
  static constexpr unsigned frame_pointer = 6, stack_pointer = 7, return_address = 16;

  std::array<std::uint64_t, count> values{};
  std::bitset<count> known;

  std::optional<std::uint64_t> get(std::uint64_t number) const {
    if (number >= count || !known[number]) return std::nullopt;
    return values[number];
  }
  void set(unsigned number, std::uint64_t value) {
    values[number] = value;
    known[number] = true;
  }
};

/// The top of the stack in the end. Nothing for what needs an unknown register or memory that can't
/// be read, and for operators that call frame information has no use for (branches among them, so
/// that this always ends).
std::optional<std::uint64_t> evaluate(std::span<const Dwarf_Op> expression,
                                      const FrameRegisters& registers,
                                      std::optional<std::uint64_t> cfa, StackMemory& memory);

}  // namespace sidestep::symbols
