// Recognises, by name and layout, the types of libraries and languages that mean "so many elements,
// over there": strings, string views, vectors, slices of C++ (libstdc++), Go and Rust. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "symbols/code.hpp"
#include "symbols/place.hpp"
#include "symbols/value_type.hpp"

namespace sidestep::symbols {

struct Extent {
  bool is_text = false;
  TypePtr element;
  std::uint64_t pointer_offset = 0;
  std::uint64_t length_offset = 0;  ///< of a count of elements, or of a pointer behind the last one
  bool length_is_end = false;
};

/// nullopt: the type is none of these.
std::optional<Extent> extent_of(const ValueType& type);

/// Code that pushes where the elements begin, and how many there are; nullopt: not to be had.
std::optional<Code> push_begin(const Extent& extent, const Place& place);
std::optional<Code> push_count(const Extent& extent, const Place& place);

}  // namespace sidestep::symbols
