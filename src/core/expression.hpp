// What the user wrote behind a probe's place, as a tree: arguments and conditions, before anybody
// has looked at debug information. Made by src/symbols/expression_parser, compiled by
// src/symbols too (Resolver::compile).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sidestep::core {

struct Expression {
  enum class Kind : std::uint8_t {
    Number,    ///< `number`
    Real,      ///< `text`, a decimal fraction
    Text,      ///< "text"
    Name,      ///< `text`: a parameter, a local or global variable
    Register,  ///< %rdi: `text` without the percent sign
    Argument,  ///< $arg1 to $arg6: `number`
    Special,   ///< $params $retval $latency $net $comm $tid: `text` without the dollar sign
    Unary,     ///< `text` is one of ! - ~ * & +
    Binary,    ///< `text` is one of || && | ^ & == != < <= > >= << >> + - * / %
    Member,    ///< operand `.` or `->` (both work on both) member `text`
    Index,     ///< operands: array or pointer, index
    Cast,  ///< operand, to the type `text`: u8 i8 ... u64 i64 x8 ... x64 f32 f64 bool char string
           ///< ptr, or a type that the debug information names, with stars
  };
  Kind kind = Kind::Number;
  std::string text;
  std::uint64_t number = 0;
  std::vector<Expression> operands;
};

/// One value to be shown.
struct Wanted {
  std::string label;  ///< as written, without `$`, `%` and the `:type` behind it
  Expression value;
};

}  // namespace sidestep::core
