#include "symbols/expression_types.hpp"

#include <algorithm>
#include <array>

#include "symbols/cxx_name.hpp"

namespace sidestep::symbols {
namespace {

constexpr auto npos = std::string_view::npos;

template <std::size_t count>
bool holds(const std::array<std::string_view, count>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_own_type(std::string_view word) {
  constexpr std::array<std::string_view, 16> types = {"u8",  "u16", "u32",  "u64",   "i8",  "i16",
                                                      "i32", "i64", "x8",   "x16",   "x32", "x64",
                                                      "f32", "f64", "bool", "string"};
  return holds(types, word) || is_type_word(word) || word.ends_with("_t");
}

/// End of the name at `at`, with scopes and template arguments; `at` if there is none.
std::size_t name_end(std::string_view text, std::size_t at) {
  std::size_t i = at;
  int depth = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<' && i > at) ++depth;
    if (c == '>' && --depth < 0) return at;
    const bool scope =
        c == ':' && (text.substr(i).starts_with("::") || (i > at && text[i - 1] == ':'));
    const bool inside = depth > 0 && (c == ',' || c == ' ' || c == '*' || c == '&' || c == '<');
    if (!is_word(c) && !scope && !inside && c != '>') break;
  }
  return depth == 0 ? i : at;
}

}  // namespace

bool is_type_word(std::string_view word) {
  constexpr std::array<std::string_view, 9> words = {"void",     "char",   "short",  "int",  "long",
                                                     "unsigned", "signed", "double", "float"};
  return holds(words, word);
}

std::optional<TypeName> read_type(std::string_view text) {
  constexpr std::array<std::string_view, 7> left_out = {"const", "volatile", "struct",  "union",
                                                        "enum",  "class",    "typename"};
  TypeName type;
  std::size_t names = 0, own = 0, at = 0;
  std::string stars;
  while (at < text.size()) {
    if (text[at] == ' ' || text[at] == '\t') {
      ++at;
    } else if (text[at] == '*' && names > 0) {
      stars += text[at++];
    } else {
      const std::size_t end = name_end(text, at);
      if (end == at || (text[at] >= '0' && text[at] <= '9') || text[at] == '$') return std::nullopt;
      const std::string_view word = text.substr(at, end - at);
      at = end;
      if (holds(left_out, word)) {
        type.certain = true;
        continue;
      }
      if (!stars.empty()) return std::nullopt;
      if (is_own_type(word)) ++own;
      if (names++ > 0) type.text += ' ';
      type.text += squeeze(word);
    }
  }
  if (names == 0 || (names > 1 && own != names)) return std::nullopt;
  const bool has_template = type.text.find('<') != npos;
  type.certain = type.certain || !stars.empty() || own == names || has_template;
  type.text += stars;
  return type;
}

}  // namespace sidestep::symbols
