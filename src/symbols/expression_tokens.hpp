// The words of an argument or a condition (core/expression.hpp). Pure; nothing is owned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sidestep/result.hpp"

namespace sidestep::symbols {

struct Token {
  enum class Kind : std::uint8_t {
    End,
    Number,   ///< `number`; characters and times (in ns) are numbers too
    Real,     ///< `text`
    Text,     ///< `text`: what the string stands for
    Name,     ///< `text`, with its scopes: a::b
    Special,  ///< `text` without the dollar sign
    Sign,     ///< `text`: an operator or a bracket
  };
  Kind kind = Kind::End;
  std::string text;
  std::uint64_t number = 0;
  std::size_t begin = 0, end = 0;  ///< in the source

  bool is(std::string_view sign) const { return kind == Kind::Sign && text == sign; }
};

/// All of them, and an End. Usage: a number or a string that is none, a character that has no
/// meaning here; the message begins with where.
Result<std::vector<Token>> tokens_of(std::string_view source);

/// "at 'REST'", "at the end": where in `source` something is wrong.
std::string place(std::string_view source, std::size_t at);

}  // namespace sidestep::symbols
