#include "symbols/probe_name.hpp"

#include <algorithm>
#include <charconv>

#include "symbols/cxx_name.hpp"

namespace sidestep::symbols {
namespace {

constexpr auto npos = std::string_view::npos;

/// Whether the star at `at` belongs to a C++ pointer type or a Go receiver: `f(char*)`, `(*T)`.
bool star_of_a_type(std::string_view name, std::size_t at) {
  const auto open = std::count(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(at), '(');
  const auto close = std::count(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(at), ')');
  if (open <= close) return false;
  const char before = at > 0 ? name[at - 1] : '\0';
  const char after = at + 1 < name.size() ? name[at + 1] : '\0';
  if (before == '(') return at > 1 && name[at - 2] == '.' && is_word(after);
  return is_word(before) || before == ' ' || before == '*' || before == '>';
}

}  // namespace

std::optional<Offset> read_number(std::string_view text) {
  const int radix = text.starts_with("0x") || text.starts_with("0X") ? 16 : 10;
  if (radix == 16) text.remove_prefix(2);
  Offset offset;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), offset.value, radix);
  if (text.empty() || end != text.data() + text.size() || error == std::errc::invalid_argument)
    return std::nullopt;
  offset.overflow = error == std::errc::result_out_of_range;
  return offset;
}

std::size_t offset_sign(std::string_view name) {
  const std::size_t plus = name.rfind('+');
  if (plus == npos || plus == 0) return npos;
  if (read_number(name.substr(plus + 1))) return plus;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (const std::size_t end = skip_operator(name, i); end > i) {
      if (plus >= i && plus < end) return npos;
      i = end - 1;
    }
  const std::string_view tail = name.substr(plus + 1);
  const bool inside = tail.find_first_of(")]>") != npos || name[plus - 1] == '+';
  return inside || tail.starts_with('.') ? npos : plus;
}

bool names_shared_object(std::string_view name) {
  for (std::size_t at = name.find(".so"); at != npos; at = name.find(".so", at + 1)) {
    const std::string_view rest = name.substr(at + 3);
    if (rest.empty() || std::string_view(".*?[").find(rest.front()) != npos) return true;
  }
  return false;
}

bool is_glob(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (const std::size_t end = skip_operator(name, i); end > i) {
      i = end - 1;
      continue;
    }
    if (name[i] == '?') return true;
    if (name[i] == '*' && !star_of_a_type(name, i)) return true;
    if (name[i] == '[' && name.find(']', i) != npos && !name.substr(i).starts_with("[abi:"))
      return true;
  }
  return false;
}

bool balanced(std::string_view name) {
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (const std::size_t end = skip_operator(name, i); end > i) {
      i = end - 1;
      continue;
    }
    if (name[i] == '(') ++depth;
    if (name[i] == ')' && --depth < 0) return false;
  }
  return depth == 0;
}

}  // namespace sidestep::symbols
