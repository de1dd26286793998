// Type names within expressions: which texts are one, and how they are written in a tree. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sidestep::symbols {

struct TypeName {
  std::string text;      ///< without const, struct and the like; stars at the end: "unsigned long*"
  bool certain = false;  ///< no expression in parentheses could look like that
};

/// The whole text as the name of a type, or nothing.
std::optional<TypeName> read_type(std::string_view text);

/// A word of C's own types: these may follow each other (`unsigned long`).
bool is_type_word(std::string_view word);

}  // namespace sidestep::symbols
