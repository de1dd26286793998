// A probe's text taken apart: where its name ends, what the words behind it are, which %suffixes it
// has. Pure; views into the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidestep::symbols {

/// The first top-level blank ends the name, if it is none of a C++ name's own
/// (`f(unsigned long) const`, `operator new`).
struct NameAndTail {
  std::string_view name;  ///< with its module and its suffixes
  std::string_view tail;  ///< "" or the arguments and the condition, without blanks around
};
NameAndTail split_tail(std::string_view probe);

/// The words of a tail: separated by blanks that are in no brackets and no quotes. From the word
/// `if` on, all the rest is the condition.
struct TailWords {
  std::vector<std::string_view> arguments;
  std::optional<std::string_view> condition;
};
TailWords split_words(std::string_view tail);

/// `/REGEX/...`: the index of the slash that ends it (before the end, '@', '%' or a blank); npos if
/// there is none.
std::size_t regex_end(std::string_view probe);

/// Where the `%suffix` at the end of a name begins, or npos; not in `operator%`.
std::size_t suffix_sign(std::string_view name);

/// FILE:LINE.
struct LineText {
  std::string_view file, digits;
};
/// Also for digits that are none, if it can be nothing else (`srv.cc:12x`).
std::optional<LineText> line_text(std::string_view name);

std::string_view trimmed(std::string_view text);

/// Fit for one line of a message: control characters as \xNN, at most 200 bytes.
std::string printable(std::string_view text);

}  // namespace sidestep::symbols
