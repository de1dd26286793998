// The arithmetic of programs (core/program.hpp) on 64-bit values. Internal to evaluate(); pure.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

#include "core/program.hpp"

namespace sidestep::core::arithmetic {

inline double real(std::uint64_t value) {
  return std::bit_cast<double>(value);
}

/// Two integers, no way to fail. nullopt: the operation is none of these.
std::optional<std::uint64_t> integer(Op::Code code, std::uint64_t a, std::uint64_t b);

/// Two doubles; likewise.
std::optional<std::uint64_t> floating(Op::Code code, double a, double b);

bool is_division(Op::Code code);
/// nullopt: by zero. The most negative number by -1 wraps, as nothing here may trap.
std::optional<std::uint64_t> division(Op::Code code, std::uint64_t a, std::uint64_t b);

/// One operand. nullopt: the operation is none of these.
std::optional<std::uint64_t> unary(const Op& op, std::uint64_t a);

}  // namespace sidestep::core::arithmetic
