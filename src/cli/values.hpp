// From an option's text to its value. Errors are of kind Usage and name the option, what was given
// and what is accepted. Pure.
#pragma once

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sidestep/result.hpp"

namespace sidestep::cli {

Error usage(std::string message);

/// 1, 2, 3, ...
Result<std::uint64_t> parse_count(std::string_view option, std::string_view text);

/// A number of bytes or frames from `least` to `most`; the error names both.
Result<std::uint32_t> parse_size(std::string_view option, std::string_view text,
                                 std::uint32_t least, std::uint32_t most);

/// `10ms`, `2s`, `1m`, `1.5s`; units ns us ms s m h. More than nothing.
Result<std::chrono::nanoseconds> parse_duration(std::string_view option, std::string_view text);

/// "a,b" to {"a", "b"}; empty pieces stay, to be complained about.
std::vector<std::string> split_list(std::string_view text);

template <class T>
struct Choice {
  std::string_view name;
  T value;
};

/// One of the names; the error lists them.
template <class T, std::size_t N>
Result<T> parse_choice(std::string_view option, std::string_view text,
                       const std::array<Choice<T>, N>& choices) {
  std::string names;
  for (const Choice<T>& choice : choices) {
    if (choice.name == text) return T(choice.value);
    names += (names.empty() ? "" : ", ");
    names += choice.name;
  }
  return usage(fmt::format("{}: unknown value '{}'; one of: {}", option, text, names));
}

}  // namespace sidestep::cli
