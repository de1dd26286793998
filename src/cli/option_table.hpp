// Every option that the command line knows, in one table: what the splitter, Boost's parser and the
// error messages go by. Constant data.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sidestep::cli {

enum class Verb : unsigned char { Trace = 1, List = 2, Compare = 4, Doctor = 8 };

/// "" for Trace, which has no word of its own.
std::string_view verb_name(Verb verb);

enum class Argument : unsigned char {
  None,
  Required,  ///< -xVALUE, -x VALUE, --mode=VALUE, --mode VALUE
  Optional,  ///< -k, -k=VALUE: never the next word, which may be the command
};

struct OptionSpec {
  char letter = 0;        ///< 0: has a name instead
  std::string_view name;  ///< without dashes; "": has a letter instead
  Argument argument{};
  unsigned verbs = 0;              ///< Verb bits: where it goes
  std::string_view unsupported{};  ///< not in this version: why, or what to do instead

  /// "-x" or "--mode".
  std::string spelled() const;
  bool goes_with(Verb verb) const { return (verbs & static_cast<unsigned>(verb)) != 0; }
};

std::span<const OptionSpec> option_table();

/// Null: no such option.
const OptionSpec* find_option(char letter);
const OptionSpec* find_option(std::string_view name);

}  // namespace sidestep::cli
