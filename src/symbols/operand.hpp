// Values in the middle of an expression, and C's arithmetic on them, as code. Pure; the only
// failure is an operand that doesn't fit, with a message that says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "sidestep/result.hpp"
#include "symbols/code.hpp"
#include "symbols/place.hpp"
#include "symbols/value_type.hpp"

namespace sidestep::symbols {

struct Operand {
  TypePtr type;
  Place place;
  std::string text;  ///< Literal: itself. Else what it is called in messages
};

/// A number on top of the stack: extended to 64 bits as its type says, or a double's bits.
struct Number {
  enum class Kind : std::uint8_t { Signed, Unsigned, Double };
  Code code;
  Kind kind = Kind::Signed;
  std::uint64_t size = 4;  ///< after C's promotions: 4 or 8
  TypePtr pointed;         ///< it is an address of this

  bool is_double() const { return kind == Kind::Double; }
};

/// An error that means "there is nothing there", as opposed to "that can't be meant".
inline Error missing(std::string why) {
  return {ErrorKind::NotFound, std::move(why)};
}
inline bool is_missing(const Error& error) {
  return error.kind == ErrorKind::NotFound;
}
inline Error wrong(std::string why) {
  return {ErrorKind::Usage, std::move(why)};
}

Result<Number> number_of(const Operand& operand);
Operand operand_of(Number number);

Result<Number> unary(const std::string& op, Number value);
/// All but && and ||.
Result<Number> binary(const std::string& op, Number left, Number right);
/// 1 or 0.
Number truth(Number value);
/// `a && b` (`is_or`: ||), the right one evaluated only if need be.
Number logical(Number left, Number right, bool is_or);

/// Numbers as a cast converts them: to a scalar type.
Number converted(Number value, const ValueType& type);

/// Where the text of an operand begins, and its length if that is known; nullopt: it is no text.
struct TextPlace {
  Code begin;
  std::optional<Code> count;
};
std::optional<TextPlace> text_place(const Operand& operand);

}  // namespace sidestep::symbols
