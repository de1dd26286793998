// What the characters of a probe's name mean: offsets, globs, shared objects. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sidestep::symbols {

struct Offset {
  std::uint64_t value = 0;
  bool overflow = false;
};

/// A whole decimal or 0x number, or nothing.
std::optional<Offset> read_number(std::string_view text);

/// The '+' of NAME+OFFSET, or npos. That of `operator+`, `operator++` or `operator+=` is none, nor
/// is one within brackets, nor one of `libstdc++.so`.
std::size_t offset_sign(std::string_view name);

/// `libfoo.so*`, `libfoo.so.6`: a file, and not a function whose name happens to hold ".so".
bool names_shared_object(std::string_view name);

bool is_glob(std::string_view name);

/// The brackets that C++ and Go names use must pair, or a quote was lost in the shell.
bool balanced(std::string_view name);

}  // namespace sidestep::symbols
