#include "symbols/probe_spec.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "symbols/cxx_name.hpp"
#include "symbols/expression_parser.hpp"
#include "symbols/name_pattern.hpp"
#include "symbols/probe_name.hpp"
#include "symbols/probe_parts.hpp"

namespace sidestep::symbols {
namespace {

using core::ProbeSpec;
constexpr auto npos = std::string_view::npos;

Error malformed(std::string_view probe, const std::string& what) {
  return {ErrorKind::Usage, "probe '" + printable(probe) + "': " + what};
}

std::string quoted(std::string_view text) {
  return "'" + printable(text) + "'";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : given_(text), rest_(trimmed(text)) {}

  Result<ProbeSpec> run() {
    if (auto done = begin(); !done) return done.error();
    if (auto done = read_place(); !done) return done.error();
    if (auto done = check_suffixes(); !done) return done.error();
    if (auto done = read_tail(); !done) return done.error();
    return std::move(spec_);
  }

 private:
  Result<void> begin();
  Result<void> take_suffixes(std::string_view& text);
  Result<void> take_suffix(std::string_view word);
  Result<void> read_place();
  Result<void> split_module();
  Result<void> offset_behind_module(std::string_view& module);
  Result<void> regex(std::size_t end);
  Result<void> line(const LineText& text);
  Result<void> absolute();
  Result<void> named();
  Result<void> split_offset();
  Result<void> check_suffixes() const;
  Result<void> takes_function(const char* suffix) const;
  Result<void> read_tail();
  Result<void> check_moment() const;
  Error too_large(std::string_view digits) const {
    return malformed(given_, quoted(digits) + " does not fit in 64 bits: check the number");
  }

  std::string_view given_, rest_, tail_, name_;
  std::uint64_t offset_ = 0;
  bool has_offset_ = false;
  ProbeSpec spec_;
};

Result<void> Parser::begin() {
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
  const NameAndTail parts = split_tail(rest_);
  rest_ = parts.name;
  tail_ = parts.tail;
  // A blank before a suffix does no harm: no register has such a name.
  for (const std::string_view suffix : {"%return", "%insn", "%inline"}) {
    const std::string_view word = tail_.substr(0, tail_.find_first_of(" \t"));
    if (word != suffix) continue;
    tail_ = trimmed(tail_.substr(word.size()));
    if (auto done = take_suffix(word.substr(1)); !done) return done;
    break;
  }
  return take_suffixes(rest_);
}

Result<void> Parser::take_suffixes(std::string_view& text) {
  const std::size_t slash = regex_end(text);
  const std::size_t least = slash == npos ? 0 : slash;
  for (std::size_t sign; (sign = suffix_sign(text)) != npos && sign >= least;) {
    const std::string_view word = text.substr(sign + 1);
    if (auto done = take_suffix(word); !done) return done;
    text = trimmed(text.substr(0, sign));
    if (text.empty())
      return malformed(given_, "no function before '%" + std::string(word) + "': write NAME%" +
                                   std::string(word) + ", or '*@MODULE%" + std::string(word) + "'");
  }
  return {};
}

Result<void> Parser::take_suffix(std::string_view word) {
  bool* flag = nullptr;
  if (word == "return") flag = &spec_.at_return;
  if (word == "insn") flag = &spec_.every_instruction;
  if (word == "inline") flag = &spec_.inlined;
  if (!flag)
    return malformed(given_,
                     "unknown suffix '%" + printable(word) + "': write %return, %insn or %inline");
  if (*flag) return malformed(given_, "has %" + std::string(word) + " twice: leave one out");
  *flag = true;
  return {};
}

Result<void> Parser::read_place() {
  if (const std::size_t end = regex_end(rest_); end != npos) return regex(end);
  if (auto done = split_module(); !done) return done;
  if (auto done = take_suffixes(name_); !done) return done;
  if (const auto text = line_text(name_)) return line(*text);
  if (name_.starts_with('/'))
    return malformed(given_,
                     "the regular expression has no end: write /REGEX/, and '\\/' for a "
                     "slash in it");
  return read_number(name_) ? absolute() : named();
}

Result<void> Parser::regex(std::size_t end) {
  const std::string_view pattern = rest_.substr(1, end - 1);
  std::string_view module = rest_.substr(end + 1);
  if (pattern.empty())
    return malformed(given_, "the regular expression is empty: write '*' for all functions");
  if (const std::string why = regex_error(pattern); !why.empty())
    return malformed(given_, "the regular expression is none: " + printable(why) +
                                 "; write it as RE2 and grep -E know it");
  if (!module.empty()) {
    module.remove_prefix(1);  // '@', nothing else may follow
    if (module.empty())
      return malformed(given_,
                       "no module after '@': write a file name such as 'libc.so*', or MAIN");
    spec_.module = module;
  }
  spec_.what = ProbeSpec::Function{std::string(pattern), false, 0, true};
  return {};
}

Result<void> Parser::line(const LineText& text) {
  constexpr std::uint64_t most = 0x7fffffff;
  const auto number = read_number(text.digits);
  if (!number || number->overflow || number->value == 0 || number->value > most)
    return malformed(
        given_, quoted(text.digits) + " is no line number: write " + printable(text.file) + ":120");
  if (has_offset_) return malformed(given_, "a source line takes no offset: leave it out");
  spec_.what = ProbeSpec::Line{std::string(text.file), static_cast<std::uint32_t>(number->value)};
  return {};
}

Result<void> Parser::split_module() {
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
    return malformed(given_, "no module after '@': write a file name such as 'libc.so*', or MAIN");
  spec_.module = module;
  return {};
}

/// NAME@MODULE+OFFSET is read as NAME+OFFSET@MODULE.
Result<void> Parser::offset_behind_module(std::string_view& module) {
  const std::size_t plus = module.rfind('+');
  if (plus == npos) return {};
  const auto offset = read_number(module.substr(plus + 1));
  if (!offset) return {};
  if (offset_sign(name_) != npos) return malformed(given_, "has two offsets: leave one out");
  if (offset->overflow) return too_large(module.substr(plus + 1));
  offset_ = offset->value;
  has_offset_ = true;
  module = module.substr(0, plus);
  return {};
}

Result<void> Parser::absolute() {
  const auto value = read_number(name_);
  const bool hex = name_.starts_with("0x") || name_.starts_with("0X");
  if (!hex)
    return malformed(given_, "is a number without 0x: write 0x" + printable(name_) +
                                 " for an address, or the name of a function");
  if (value->overflow) return too_large(name_);
  if (!spec_.module.empty())
    return malformed(given_, "an address belongs to no module: write " + printable(name_) +
                                 ", or " + printable(spec_.module) + "+0xOFFSET");
  spec_.what = ProbeSpec::Absolute{{value->value}};
  return {};
}

Result<void> Parser::named() {
  if (auto done = split_offset(); !done) return done;
  const bool main = name_ == "MAIN";
  if (has_offset_ && spec_.module.empty() && (main || names_shared_object(name_))) {
    spec_.module = name_;
    spec_.what = ProbeSpec::ModuleOffset{offset_};
    return {};
  }
  if (name_.front() >= '0' && name_.front() <= '9')
    return malformed(given_,
                     quoted(name_) + " is neither a function's name nor a hex address (0xADDR)");
  if (!balanced(name_))
    return malformed(given_,
                     "its parentheses don't pair: put the whole probe into single quotes, "
                     "e.g. 'ns::f(int)'");
  spec_.what = ProbeSpec::Function{std::string(name_), is_glob(name_), offset_};
  return {};
}

Result<void> Parser::split_offset() {
  const std::size_t plus = offset_sign(name_);
  if (plus == npos) return {};
  const std::string_view digits = name_.substr(plus + 1);
  const std::string example = printable(name_.substr(0, plus)) + "+0x1c";
  if (digits.empty()) return malformed(given_, "no offset after '+': write " + example);
  const auto offset = read_number(digits);
  if (!offset)
    return malformed(given_, "the offset " + quoted(digits) +
                                 " is not a decimal or 0x number: write " + example);
  if (offset->overflow) return too_large(digits);
  if (read_number(name_.substr(0, plus)))
    return malformed(given_, "an address takes no offset: write the sum");
  offset_ = offset->value;
  has_offset_ = true;
  name_ = name_.substr(0, plus);
  return {};
}

Result<void> Parser::check_suffixes() const {
  if (spec_.at_return && spec_.every_instruction)
    return malformed(given_,
                     "%return is of a whole call, %insn of each instruction: leave one out");
  if (spec_.at_return && spec_.inlined)
    return malformed(given_, "an inlined instance does not return: leave %return or %inline out");
  if (spec_.every_instruction && spec_.inlined)
    return malformed(given_, "%insn is of whole functions: leave it or %inline out");
  if (spec_.every_instruction) return takes_function("%insn");
  if (spec_.at_return) return takes_function("%return");
  if (spec_.inlined) return takes_function("%inline");
  return {};
}

Result<void> Parser::takes_function(const char* suffix) const {
  const std::string takes = std::string(suffix) + " takes a ";
  if (std::holds_alternative<ProbeSpec::Absolute>(spec_.what))
    return malformed(given_, takes + "function, not an address: name the function");
  if (std::holds_alternative<ProbeSpec::Line>(spec_.what))
    return malformed(given_, takes + "function, not a source line: name the function");
  const auto* function = std::get_if<ProbeSpec::Function>(&spec_.what);
  if (!function || function->offset)
    return malformed(given_, takes + "whole function, not an offset in one: leave the offset out");
  return {};
}

Result<void> Parser::read_tail() {
  const TailWords words = split_words(tail_);
  for (const std::string_view word : words.arguments) {
    auto wanted = parse_wanted(word);
    if (!wanted)
      return malformed(given_, "argument " + quoted(word) + ": " + wanted.error().message +
                                   (std::none_of(word.begin(), word.end(), is_word)
                                        ? "; blanks part arguments, 'if' begins a condition"
                                        : ""));
    spec_.wanted.push_back(std::move(*wanted));
  }
  if (words.condition) {
    if (words.condition->empty())
      return malformed(given_, "the condition behind 'if' is missing: write e.g. if $arg1 > 3");
    auto condition = parse_condition(*words.condition);
    if (!condition) return malformed(given_, "condition: " + condition.error().message);
    spec_.condition = std::move(*condition);
  }
  return check_moment();
}

/// What is known at the return only can't be asked for at the entry.
Result<void> Parser::check_moment() const {
  if (spec_.at_return) return {};
  for (const char* special : {"retval", "latency", "net"}) {
    bool asked = spec_.condition && mentions(*spec_.condition, special);
    for (const core::Wanted& wanted : spec_.wanted)
      asked = asked || mentions(wanted.value, special);
    if (asked)
      return malformed(given_, "$" + std::string(special) +
                                   " is known when a function returns: write " + printable(rest_) +
                                   "%return");
  }
  return {};
}

}  // namespace

Result<ProbeSpec> parse_probe(std::string_view text) {
  return Parser(text).run();
}

}  // namespace sidestep::symbols
