#include "symbols/probe_spec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "symbols/cxx_name.hpp"
#include "symbols/unsupported_probe.hpp"

namespace sidestep::symbols {
namespace {

using core::ProbeSpec;
constexpr auto npos = std::string_view::npos;

struct Offset {
  std::uint64_t value = 0;
  bool overflow = false;
};

Error malformed(std::string_view probe, const std::string& what) {
  return {ErrorKind::Usage, "probe '" + printable(probe) + "': " + what};
}

std::string quoted(std::string_view text) {
  return "'" + printable(text) + "'";
}

/// A whole decimal or 0x number, or nothing.
std::optional<Offset> number(std::string_view text) {
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

std::string_view trimmed(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

/// The '+' of NAME+OFFSET, or npos. That of `operator+`, `operator++` or `operator+=` is none, nor
/// is one within brackets, nor one of `libstdc++.so`.
std::size_t offset_sign(std::string_view name) {
  const std::size_t plus = name.rfind('+');
  if (plus == npos || plus == 0) return npos;
  if (number(name.substr(plus + 1))) return plus;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (const std::size_t end = skip_operator(name, i); end > i) {
      if (plus >= i && plus < end) return npos;
      i = end - 1;
    }
  const std::string_view tail = name.substr(plus + 1);
  const bool inside = tail.find_first_of(")]>") != npos || name[plus - 1] == '+';
  return inside || tail.starts_with('.') ? npos : plus;
}

/// `libfoo.so*`, `libfoo.so.6`: a file, and not a function whose name happens to hold ".so".
bool names_shared_object(std::string_view name) {
  for (std::size_t at = name.find(".so"); at != npos; at = name.find(".so", at + 1)) {
    const std::string_view rest = name.substr(at + 3);
    if (rest.empty() || std::string_view(".*?[").find(rest.front()) != npos) return true;
  }
  return false;
}

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

/// The brackets that C++ and Go names use must pair, or a quote was lost in the shell.
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

class Parser {
 public:
  explicit Parser(std::string_view text) : given_(text), rest_(trimmed(text)) {}

  Result<ProbeSpec> run() {
    if (rest_.starts_with('?')) {
      spec_.optional = true;
      rest_ = trimmed(rest_.substr(1));
    }
    spec_.text = rest_;
    if (rest_.empty())
      return malformed(given_,
                       "is empty: write a function's name, a glob such as 'http_*', or 0xADDR");
    if (std::any_of(rest_.begin(), rest_.end(),
                    [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
      return malformed(given_, "has a control character in it: give one probe to each -x");
    take_instruction_suffix();
    if (auto later = unsupported_form(rest_)) return malformed(given_, *later);
    if (rest_.empty())
      return malformed(given_, "no function before '%insn': write NAME%insn, or '*@MODULE%insn'");
    if (auto done = split_module(); !done) return done.error();
    if (spec_.every_instruction) return whole_function();
    if (number(name_)) return absolute();
    return named();
  }

 private:
  void take_instruction_suffix() {
    constexpr std::string_view suffix = "%insn";
    if (!rest_.ends_with(suffix)) return;
    spec_.every_instruction = true;
    rest_ = trimmed(rest_.substr(0, rest_.size() - suffix.size()));
  }

  /// What `%insn` makes all instructions of has to be functions.
  Result<ProbeSpec> whole_function() {
    if (number(name_))
      return malformed(given_, "%insn takes a function, not an address: name the function");
    auto parsed = named();
    if (!parsed) return parsed;
    const auto* function = std::get_if<ProbeSpec::Function>(&parsed->what);
    if (!function || function->offset)
      return malformed(given_,
                       "%insn takes a whole function, not an offset in one: leave the offset out");
    return parsed;
  }

  Result<void> split_module() {
    name_ = rest_;
    const std::size_t at = rest_.rfind('@');
    if (at == npos) return {};
    name_ = rest_.substr(0, at);
    std::string_view module = rest_.substr(at + 1);
    if (name_.ends_with('@'))
      return malformed(given_,
                       "'@@' is of symbol versions, which are no part of a name here: write " +
                           quoted(name_.substr(0, name_.size() - 1)));
    if (name_.empty())
      return malformed(given_, "no function before '@': write NAME@MODULE, e.g. '*@" +
                                   printable(module) + "' for all of it");
    if (auto done = offset_behind_module(module); !done) return done;
    if (module.empty())
      return malformed(given_,
                       "no module after '@': write a file name such as 'libc.so*', or MAIN");
    spec_.module = module;
    return {};
  }

  /// NAME@MODULE+OFFSET is read as NAME+OFFSET@MODULE.
  Result<void> offset_behind_module(std::string_view& module) {
    const std::size_t plus = module.rfind('+');
    if (plus == npos) return {};
    const auto offset = number(module.substr(plus + 1));
    if (!offset) return {};
    if (offset_sign(name_) != npos) return malformed(given_, "has two offsets: leave one out");
    if (offset->overflow) return too_large(module.substr(plus + 1));
    offset_ = offset->value;
    module = module.substr(0, plus);
    return {};
  }

  Result<ProbeSpec> absolute() {
    const auto value = number(name_);
    const bool hex = name_.starts_with("0x") || name_.starts_with("0X");
    if (!hex)
      return malformed(given_, "is a number without 0x: write 0x" + printable(name_) +
                                   " for an address, or the name of a function");
    if (value->overflow) return too_large(name_);
    if (!spec_.module.empty())
      return malformed(given_, "an address belongs to no module: write " + printable(name_) +
                                   ", or " + printable(spec_.module) + "+0xOFFSET");
    spec_.what = ProbeSpec::Absolute{{value->value}};
    return std::move(spec_);
  }

  Result<ProbeSpec> named() {
    if (auto done = split_offset(); !done) return done.error();
    const bool main = name_ == "MAIN";
    if (has_offset_ && spec_.module.empty() && (main || names_shared_object(name_))) {
      spec_.module = name_;
      spec_.what = ProbeSpec::ModuleOffset{offset_};
      return std::move(spec_);
    }
    if (name_.front() >= '0' && name_.front() <= '9')
      return malformed(given_,
                       quoted(name_) + " is neither a function's name nor a hex address (0xADDR)");
    if (!balanced(name_))
      return malformed(given_,
                       "its parentheses don't pair: put the whole probe into single quotes, "
                       "e.g. 'ns::f(int)'");
    spec_.what = ProbeSpec::Function{std::string(name_), is_glob(name_), offset_};
    return std::move(spec_);
  }

  Result<void> split_offset() {
    const std::size_t plus = offset_sign(name_);
    if (plus == npos) return {};
    const std::string_view digits = name_.substr(plus + 1);
    const std::string example = printable(name_.substr(0, plus)) + "+0x1c";
    if (digits.empty()) return malformed(given_, "no offset after '+': write " + example);
    const auto offset = number(digits);
    if (!offset)
      return malformed(given_, "the offset " + quoted(digits) +
                                   " is not a decimal or 0x number: write " + example);
    if (offset->overflow) return too_large(digits);
    if (number(name_.substr(0, plus)))
      return malformed(given_, "an address takes no offset: write the sum");
    offset_ = offset->value;
    has_offset_ = true;
    name_ = name_.substr(0, plus);
    return {};
  }

  Error too_large(std::string_view digits) const {
    return malformed(given_, quoted(digits) + " does not fit in 64 bits: check the number");
  }

  std::string_view given_, rest_, name_;
  std::uint64_t offset_ = 0;
  bool has_offset_ = false;
  ProbeSpec spec_;
};

}  // namespace

Result<ProbeSpec> parse_probe(std::string_view text) {
  return Parser(text).run();
}

}  // namespace sidestep::symbols
