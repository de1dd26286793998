#include "symbols/probe_parts.hpp"

#include <algorithm>
#include <array>

#include "symbols/cxx_name.hpp"

namespace sidestep::symbols {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

/// What follows a parameter list and is part of the name all the same.
bool is_qualifier(std::string_view rest) {
  if (rest.starts_with("[clone") || rest.starts_with("[abi:")) return true;
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t@%+["));
  constexpr std::array<std::string_view, 5> qualifiers = {"const", "volatile", "noexcept", "&",
                                                          "&&"};
  return std::find(qualifiers.begin(), qualifiers.end(), word) != qualifiers.end();
}

/// What no conversion operator's type begins with.
bool begins_argument(std::string_view rest) {
  return std::string_view("$%*(\"'&-!~0123456789").find(rest.front()) != npos ||
         rest.starts_with("if ") || rest.starts_with("if(") || rest == "if";
}

std::size_t end_of_name(std::string_view probe) {
  int depth = 0;
  bool in_conversion = false;  // operator unsigned long
  bool has_parameters = false;
  for (std::size_t i = 0; i < probe.size(); ++i) {
    if (const std::size_t end = skip_operator(probe, i); end > i) {
      constexpr std::size_t keyword = 8;
      in_conversion = end == i + keyword;
      i = end - 1;
      continue;
    }
    const char c = probe[i];
    if (c == '(' || c == '<' || c == '{' || c == '[') ++depth;
    if (c == ')' || (c == '>' && i > 0 && probe[i - 1] != '-') || c == '}' || c == ']') --depth;
    if (c == ')') {
      in_conversion = false;
      has_parameters = true;
    }
    if (!is_blank(c) || depth > 0) continue;
    const std::string_view rest = probe.substr(probe.find_first_not_of(" \t\n", i));
    if (in_conversion && !begins_argument(rest)) continue;
    if (!has_parameters || !is_qualifier(rest)) return i;
  }
  return npos;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

NameAndTail split_tail(std::string_view probe) {
  std::size_t end = npos;
  if (const std::size_t slash = regex_end(probe); slash != npos)
    end = probe.find_first_of(" \t", slash);
  else
    end = end_of_name(probe);
  if (end == npos) return {probe, {}};
  return {probe.substr(0, end), trimmed(probe.substr(end))};
}

TailWords split_words(std::string_view tail) {
  TailWords words;
  std::size_t begin = 0;
  int depth = 0;
  char quote = '\0';
  const auto finish = [&](std::size_t end) {
    if (end > begin) words.arguments.push_back(tail.substr(begin, end - begin));
    begin = end + 1;
  };
  for (std::size_t i = 0; i < tail.size(); ++i) {
    const char c = tail[i];
    if (i == begin && (tail.substr(i) == "if" || tail.substr(i).starts_with("if ") ||
                       tail.substr(i).starts_with("if\t") || tail.substr(i).starts_with("if("))) {
      words.condition = trimmed(tail.substr(i + 2));
      return words;
    }
    if (quote != '\0') {
      if (c == '\\') ++i;
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(' || c == '[') {
      ++depth;
    } else if (c == ')' || c == ']') {
      --depth;
    } else if (is_blank(c) && depth <= 0) {
      finish(i);
    }
  }
  finish(tail.size());
  return words;
}

std::size_t regex_end(std::string_view probe) {
  if (!probe.starts_with('/')) return npos;
  for (std::size_t i = 1; i < probe.size(); ++i) {
    if (probe[i] == '\\')
      ++i;
    else if (probe[i] == '/' &&
             (i + 1 == probe.size() || std::string_view("@% \t").find(probe[i + 1]) != npos))
      return i;
  }
  return npos;
}

std::size_t suffix_sign(std::string_view name) {
  const std::size_t sign = name.rfind('%');
  if (sign == npos) return npos;
  for (std::size_t i = 0; i <= sign; ++i)
    if (const std::size_t end = skip_operator(name, i); end > i) {
      if (sign < end) return npos;
      i = end - 1;
    }
  const std::string_view word = name.substr(sign + 1);
  return std::all_of(word.begin(), word.end(), is_word) ? sign : npos;
}

std::optional<LineText> line_text(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  if (colon == npos || colon == 0 || name[colon - 1] == ':') return std::nullopt;
  const LineText line{name.substr(0, colon), name.substr(colon + 1)};
  const bool number = !line.digits.empty() && line.digits.find_first_not_of("0123456789") == npos;
  const bool file = line.file.find('.') != npos &&
                    line.file.find_first_of("()<>[]{} \t*?") == npos &&
                    (line.digits.empty() || (line.digits[0] >= '0' && line.digits[0] <= '9'));
  if (!number && !file) return std::nullopt;
  return line;
}

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

}  // namespace sidestep::symbols
