#include "core/arithmetic.hpp"

#include <limits>

namespace sidestep::core::arithmetic {
namespace {

using Code = Op::Code;

std::uint64_t lowest(std::uint64_t value, unsigned bytes) {
  return bytes >= 8 ? value : value & ((std::uint64_t{1} << (bytes * 8)) - 1);
}

std::uint64_t sign_extended(std::uint64_t value, unsigned bytes) {
  if (bytes == 0 || bytes >= 8) return value;
  const unsigned shift = 64 - bytes * 8;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << shift) >> shift);
}

std::int64_t is_signed(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

std::uint64_t shifted(Code code, std::uint64_t value, std::uint64_t by) {
  const bool all = by >= 64;
  if (code == Code::ShiftLeft) return all ? 0 : value << by;
  if (code == Code::ShiftRight) return all ? 0 : value >> by;
  return static_cast<std::uint64_t>(is_signed(value) >> (all ? 63 : by));
}

}  // namespace

std::optional<std::uint64_t> integer(Code code, std::uint64_t a, std::uint64_t b) {
  switch (code) {
    case Code::Add:
      return a + b;
    case Code::Subtract:
      return a - b;
    case Code::Multiply:
      return a * b;
    case Code::And:
      return a & b;
    case Code::Or:
      return a | b;
    case Code::Xor:
      return a ^ b;
    case Code::ShiftLeft:
    case Code::ShiftRight:
    case Code::ShiftRightSigned:
      return shifted(code, a, b);
    case Code::Equal:
      return a == b;
    case Code::NotEqual:
      return a != b;
    case Code::LessSigned:
      return is_signed(a) < is_signed(b);
    case Code::LessUnsigned:
      return a < b;
    case Code::LessEqualSigned:
      return is_signed(a) <= is_signed(b);
    case Code::LessEqualUnsigned:
      return a <= b;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> floating(Code code, double a, double b) {
  switch (code) {
    case Code::FloatAdd:
      return bits(a + b);
    case Code::FloatSubtract:
      return bits(a - b);
    case Code::FloatMultiply:
      return bits(a * b);
    case Code::FloatDivide:
      return bits(a / b);
    case Code::FloatEqual:
      return a == b;
    case Code::FloatLess:
      return a < b;
    case Code::FloatLessEqual:
      return a <= b;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> division(Code code, std::uint64_t a, std::uint64_t b) {
  if (b == 0) return std::nullopt;
  if (code == Code::DivideUnsigned) return a / b;
  if (code == Code::RemainderUnsigned) return a % b;
  const bool overflows =
      is_signed(a) == std::numeric_limits<std::int64_t>::min() && is_signed(b) == -1;
  if (code == Code::DivideSigned)
    return overflows ? a : static_cast<std::uint64_t>(is_signed(a) / is_signed(b));
  return overflows ? 0 : static_cast<std::uint64_t>(is_signed(a) % is_signed(b));
}

bool is_division(Code code) {
  return code == Code::DivideSigned || code == Code::DivideUnsigned ||
         code == Code::RemainderSigned || code == Code::RemainderUnsigned;
}

std::optional<std::uint64_t> unary(const Op& op, std::uint64_t a) {
  switch (op.code) {
    case Code::SignExtend:
      return sign_extended(a, op.size);
    case Code::ZeroExtend:
      return lowest(a, op.size);
    case Code::Negate:
      return 0 - a;
    case Code::Complement:
      return ~a;
    case Code::Not:
      return a == 0;
    case Code::SingleToDouble:
      return bits(std::bit_cast<float>(static_cast<std::uint32_t>(a)));
    case Code::SignedToDouble:
      return bits(static_cast<double>(is_signed(a)));
    case Code::UnsignedToDouble:
      return bits(static_cast<double>(a));
    case Code::DoubleToSigned: {
      constexpr double beyond = 9223372036854775808.0;  // 2^63
      const double value = real(a);
      const bool fits = value >= -beyond && value < beyond;
      const auto number =
          fits ? static_cast<std::int64_t>(value) : std::numeric_limits<std::int64_t>::min();
      return static_cast<std::uint64_t>(number);
    }
    case Code::FloatNegate:
      return bits(-real(a));
    default:
      return std::nullopt;
  }
}

}  // namespace sidestep::core::arithmetic
