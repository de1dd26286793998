// Bytes as a JSON string: between quotes, with escapes for quotes, backslashes and control
// characters; all else stays as it is, UTF-8 too. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace sidestep::output {

/// How much room write_json_string() may need at most.
constexpr std::size_t longest_json_string(std::size_t bytes) {
  constexpr std::size_t escape = 6, quotes = 2;  // an escape: backslash, u001B
  return bytes * escape + quotes;
}

/// Returns the end of what it has written to `to`.
char* write_json_string(char* to, std::string_view bytes);

}  // namespace sidestep::output
