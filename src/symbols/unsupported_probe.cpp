#include "symbols/unsupported_probe.hpp"

#include <algorithm>
#include <array>

#include "symbols/cxx_name.hpp"

namespace sidestep::symbols {
namespace {

constexpr auto npos = std::string_view::npos;

std::string refused(const std::string& form, const std::string& instead) {
  return form + " is not supported by this version: " + instead;
}

/// The blank that ends the name and begins arguments or a condition. C++ names have blanks in
/// brackets, after `operator`, and before `const` and the like.
std::size_t end_of_name(std::string_view probe) {
  constexpr std::array<std::string_view, 6> of_a_name = {"const",  "volatile", "&",
                                                         "[clone", "noexcept", "[abi:"};
  int depth = 0;
  bool in_operator = false;
  for (std::size_t i = 0; i < probe.size(); ++i) {
    if (const std::size_t end = skip_operator(probe, i); end > i) {
      in_operator = true;
      i = end - 1;
      continue;
    }
    const char c = probe[i];
    if (c == '(' || c == '<' || c == '{' || c == '[') ++depth;
    if (c == ')' || (c == '>' && i > 0 && probe[i - 1] != '-') || c == '}' || c == ']') --depth;
    if (c == ')') in_operator = false;
    if ((c != ' ' && c != '\t') || depth > 0 || in_operator) continue;
    const std::string_view rest = probe.substr(probe.find_first_not_of(" \t", i));
    if (std::none_of(of_a_name.begin(), of_a_name.end(),
                     [&](std::string_view word) { return rest.starts_with(word); }))
      return i;
  }
  return npos;
}

std::optional<std::string> percent_suffix(std::string_view name) {
  for (const std::string_view suffix : {"%return", "%inline"}) {
    const std::size_t at = name.rfind(suffix);
    if (at == npos || at + suffix.size() != name.size()) continue;
    return refused(std::string(suffix), "'" + printable(name.substr(0, at)) + "' probes the entry");
  }
  return std::nullopt;
}

std::optional<std::string> source_line(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  if (colon == npos || colon == 0 || name[colon - 1] == ':' || colon + 1 == name.size())
    return std::nullopt;
  const std::string_view digits = name.substr(colon + 1, name.find('@', colon) - colon - 1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != npos) return std::nullopt;
  return refused("a source line (FILE:LINE)", "name the function, or use MAIN+0xOFFSET");
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string out;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      constexpr std::string_view digits = "0123456789abcdef";
      out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
  }
  if (text.size() > longest) out += "...";
  return out;
}

std::optional<std::string> unsupported_form(std::string_view probe) {
  const std::size_t end = end_of_name(probe);
  const std::string_view name = probe.substr(0, end);
  if (probe.starts_with('/') && probe.find('/', 1) != npos && !source_line(name))
    return refused("a regular expression (/.../)", "use a glob such as 'http_*'");
  if (end != npos) {
    const std::string_view tail = probe.substr(probe.find_first_not_of(" \t", end));
    const bool condition = tail.starts_with("if ") || tail.starts_with("if(") || tail == "if" ||
                           tail.find(" if ") != npos;
    return refused(condition ? "a condition (if COND)" : "an argument list",
                   "'" + printable(name) + "' alone probes every arrival");
  }
  if (auto found = percent_suffix(name)) return found;
  return source_line(name);
}

}  // namespace sidestep::symbols
