#include "symbols/cxx_name.hpp"

#define HAVE_DECL_BASENAME 1  // libiberty would declare it otherwise than <cstring> does
#include <cxxabi.h>
#include <libiberty/demangle.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace sidestep::symbols {
namespace {

constexpr std::size_t longest_mangled = 32 * 1024;  // beyond that only broken files go

constexpr auto npos = std::string_view::npos;

/// Index of the bracket that closes the one at `open`, or npos.
std::size_t closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i;
  }
  return npos;
}

/// Whether the group that ends at `close` is the parameter list, and not a part of a longer name
/// (`f(int)::{lambda()#1}`, `(anonymous namespace)::f`, Go's `main.(*T).Method`).
bool ends_name(std::string_view text, std::size_t close) {
  if (close + 1 >= text.size()) return true;
  const char next = text[close + 1];
  return next == ' ' || next == '&' || next == '[';
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Where the clone suffix at the end of `name` begins, or npos.
std::size_t last_clone_suffix(std::string_view name) {
  std::size_t dot = name.rfind('.');
  if (dot == npos || dot == 0) return npos;
  if (all_digits(name.substr(dot + 1))) {
    const std::size_t number = dot;
    dot = name.rfind('.', number - 1);
    if (dot == npos || dot == 0) return npos;
    name = name.substr(0, number);
  }
  constexpr std::array kinds = {"constprop", "isra", "part", "lto_priv", "localalias", "llvm"};
  const std::string_view kind = name.substr(dot + 1);
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end() ? dot : npos;
}

}  // namespace

Demangler::~Demangler() {
  std::free(buffer_);
}

/// What input_ stands for in Rust, or null.
char* Demangler::rust() {
  char* text = ::rust_demangle(input_.c_str(), DMGL_NO_OPTS);
  if (!text) return nullptr;
  std::free(buffer_);
  capacity_ = std::strlen(text) + 1;
  return buffer_ = text;
}

std::string_view Demangler::operator()(std::string_view raw) {
  if (!looks_mangled(raw) || raw.size() > longest_mangled) return {};
  if (may_be_rust(raw)) {
    // Without `.llvm.123`, which tells nobody anything.
    input_.assign(raw.substr(0, raw.find('.', raw.rfind('E') + 1)));
    if (const char* text = rust()) return text;
  }
  input_.assign(raw);
  int status = 0;
  char* text = abi::__cxa_demangle(input_.c_str(), buffer_, &capacity_, &status);
  if (status != 0 || !text) return {};
  buffer_ = text;
  return text;
}

std::string display_name(std::string_view raw) {
  if (Demangler::looks_mangled(raw)) {
    Demangler demangle;
    const std::string_view text = demangle(raw);
    // Template functions come with their return type, which nobody calls them by.
    if (!text.empty()) return text.data() + (split_name(text).name.data() - text.data());
  }
  return std::string(raw);
}

std::size_t skip_operator(std::string_view text, std::size_t at) {
  constexpr std::string_view keyword = "operator";
  if (!text.substr(at).starts_with(keyword)) return at;
  const std::size_t after = at + keyword.size();
  if (at > 0 && is_word(text[at - 1])) return at;
  if (after < text.size() && is_word(text[after])) return at;
  constexpr std::array<std::string_view, 46> symbols = {
      " new[]", " delete[]", " new", " delete", " co_await", "()",  "[]", "->*", "->", "<=>",
      "<<=",    ">>=",       "<<",   ">>",      "<=",        ">=",  "==", "!=",  "&&", "||",
      "++",     "--",        "+=",   "-=",      "*=",        "/=",  "%=", "^=",  "&=", "|=",
      "<",      ">",         "+",    "-",       "*",         "/",   "%",  "^",   "&",  "|",
      "~",      "!",         "=",    ",",       "\"\" ",     "\"\""};
  for (const std::string_view symbol : symbols)
    if (text.substr(after).starts_with(symbol)) return after + symbol.size();
  return after;
}

CxxName split_name(std::string_view text) {
  std::size_t begin = 0;
  bool in_operator = false;  // the spaces of `operator unsigned int` belong to the name
  int depth = 0;             // of <>, {} and []
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::size_t end = skip_operator(text, i); end > i) {
      in_operator |= depth == 0;
      i = end - 1;
      continue;
    }
    const char c = text[i];
    if (c == '<' || c == '{' || c == '[') ++depth;
    if ((c == '>' && (i == 0 || text[i - 1] != '-')) || c == '}' || c == ']') --depth;
    if (depth > 0) continue;
    if (c == ' ' && !in_operator) begin = i + 1;
    if (c != '(') continue;
    const std::size_t close = closing(text, i);
    if (close == npos) break;
    if (ends_name(text, close) && i > begin)
      return {text.substr(begin, i - begin), text.substr(i, close + 1 - i)};
    i = close;
  }
  return {text.substr(begin), {}};
}

std::string_view without_decoration(std::string_view name) {
  if (name.ends_with(']')) {
    const std::size_t tag = name.rfind("[abi:");
    if (tag != npos) name = name.substr(0, tag);
  }
  if (!name.ends_with('>') || name.ends_with("operator>") || name.ends_with("operator>>") ||
      name.ends_with("operator->") || name.ends_with("operator<=>"))
    return name;
  int depth = 0;
  for (std::size_t i = name.size(); i-- > 1;) {
    if (name[i] == '>' && name[i - 1] != '-') ++depth;
    if (name[i] != '<' || --depth > 0) continue;
    name = name.substr(0, i);
    return name.ends_with("::") ? name.substr(0, i - 2) : name;
  }
  return name;
}

std::string squeeze(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ' ') {
      out += text[i];
      continue;
    }
    const std::size_t next = text.find_first_not_of(' ', i);
    if (next == npos) break;
    if (!out.empty() && is_word(out.back()) && is_word(text[next])) out += ' ';
    i = next - 1;
  }
  return out;
}

bool is_cold_part(std::string_view raw) {
  const std::size_t at = raw.rfind(".cold");
  return at != npos && at > 0 && (at + 5 == raw.size() || raw[at + 5] == '.');
}

std::size_t base_length(std::string_view raw) {
  if (is_cold_part(raw)) return raw.size();
  std::string_view name = raw;
  for (std::size_t at; (at = last_clone_suffix(name)) != npos;) name = name.substr(0, at);
  return name.size();
}

}  // namespace sidestep::symbols
