// Building blocks of programs (core/program.hpp): pieces of code that can be joined. Jumps and
// items within a piece count from its beginning, so that it can stand anywhere. Plain values.
#pragma once

#include <cstdint>
#include <vector>

#include "core/program.hpp"

namespace sidestep::symbols {

using Code = std::vector<core::Op>;

inline core::Op make_op(core::Op::Code code, std::uint64_t number = 0, std::uint64_t size = 0,
                        std::uint64_t index = 0) {
  return {code, static_cast<std::uint8_t>(size), static_cast<std::uint16_t>(index), number};
}

inline core::Op constant(std::uint64_t number) {
  return make_op(core::Op::Code::Constant, number);
}
inline core::Op general_register(std::uint64_t dwarf_number) {
  return make_op(core::Op::Code::Register, 0, 0, dwarf_number);
}

inline void append(Code& to, const Code& from) {
  using C = core::Op::Code;
  const std::size_t begin = to.size();
  for (core::Op op : from) {
    if (op.code == C::Jump || op.code == C::JumpIfZero || op.code == C::Item) op.number += begin;
    to.push_back(op);
  }
}

inline Code joined(Code first, const Code& second) {
  append(first, second);
  return first;
}

/// Adds to the value on top of the stack.
inline void add_constant(Code& code, std::uint64_t number) {
  if (number == 0) return;
  code.push_back(constant(number));
  code.push_back(make_op(core::Op::Code::Add));
}

}  // namespace sidestep::symbols
