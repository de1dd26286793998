#include "symbols/expression_tokens.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "symbols/cxx_name.hpp"
#include "symbols/probe_parts.hpp"

namespace sidestep::symbols {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool begins_name(char c) {
  return is_word(c) && !is_digit(c) && c != '$';
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Nanoseconds of the units that times are given in, or 0.
std::uint64_t unit_of_time(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 6> units = {
      {{"ns", 1},
       {"us", 1'000},
       {"ms", 1'000'000},
       {"s", 1'000'000'000},
       {"m", 60'000'000'000},
       {"h", 3'600'000'000'000}}};
  for (const auto& [name, scale] : units)
    if (name == unit) return scale;
  return 0;
}

/// C's suffixes of integers say nothing here: all are 64 bits wide.
bool integer_suffix(std::string_view text) {
  return text.size() <= 3 && text.find_first_not_of("uUlL") == npos;
}

/// `<...>::` behind a name: template arguments within a scope; where it ends, or `at`.
std::size_t scope_arguments(std::string_view source, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at; i < source.size(); ++i) {
    const char c = source[i];
    if (c == '<') ++depth;
    if (c == '>' && --depth == 0) return source.substr(i + 1).starts_with("::") ? i + 1 : at;
    if (!is_word(c) && std::string_view("<>:,* ").find(c) == npos) return at;
  }
  return at;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    while (skip_blanks(), at_ < source_.size()) {
      token_ = {Token::Kind::Sign, "", 0, at_, 0};
      if (auto done = next(); !done) return done.error();
      token_.end = at_;
      tokens_.push_back(std::move(token_));
    }
    tokens_.push_back({Token::Kind::End, "", 0, at_, at_});
    return std::move(tokens_);
  }

 private:
  char here(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  void skip_blanks() {
    while (here() == ' ' || here() == '\t') ++at_;
  }
  Error wrong(std::size_t at, const std::string& what) const {
    return {ErrorKind::Usage, place(source_, at) + ": " + what};
  }
  /// Behind a value a dot is of a member.
  bool behind_value() const {
    if (tokens_.empty()) return false;
    const Token& last = tokens_.back();
    return last.kind != Token::Kind::Sign || last.is(")") || last.is("]");
  }

  Result<void> next() {
    const char c = here();
    if (is_digit(c) || (c == '.' && is_digit(here(1)) && !behind_value())) return number();
    if (c == '"') return string();
    if (c == '\'') return character();
    if (c == '$') return special();
    if (begins_name(c) || (c == ':' && here(1) == ':' && begins_name(here(2))) ||
        source_.substr(at_).starts_with(anonymous))
      return name();
    return sign();
  }

  Result<void> name() {
    token_.kind = Token::Kind::Name;
    while (true) {
      if (source_.substr(at_).starts_with("::")) at_ += 2;
      if (source_.substr(at_).starts_with(anonymous)) at_ += anonymous.size() - 2;
      while (is_word(here()) && here() != '$') ++at_;
      if (here() == '<') at_ = scope_arguments(source_, at_);
      const std::string_view rest = source_.substr(at_);
      if (!rest.starts_with("::") ||
          !(begins_name(here(2)) || rest.substr(2).starts_with(anonymous)))
        break;
    }
    token_.text = source_.substr(token_.begin, at_ - token_.begin);
    if (token_.text.starts_with("::")) token_.text.erase(0, 2);
    return {};
  }

  Result<void> special() {
    token_.kind = Token::Kind::Special;
    ++at_;
    while (is_word(here()) && here() != '$') ++at_;
    token_.text = source_.substr(token_.begin + 1, at_ - token_.begin - 1);
    return {};
  }

  Result<void> number();
  Result<void> whole_number(std::string_view digits, int radix);
  Result<void> timed(std::string_view number, std::uint64_t unit);
  Result<void> string();
  Result<void> character();
  Result<char> one_character();
  Result<void> sign();

  static constexpr std::string_view anonymous = "(anonymous namespace)::";
  std::string_view source_;
  std::size_t at_ = 0;
  Token token_;
  std::vector<Token> tokens_;
};

Result<void> Lexer::number() {
  std::size_t end = at_;
  const bool hex = here() == '0' && (here(1) == 'x' || here(1) == 'X');
  const bool binary = here() == '0' && (here(1) == 'b' || here(1) == 'B');
  const auto at = [&](std::size_t i) { return i < source_.size() ? source_[i] : '\0'; };
  while (is_word(at(end)) || (at(end) == '.' && !hex) ||
         ((at(end) == '-' || at(end) == '+') && !hex && (at(end - 1) == 'e' || at(end - 1) == 'E')))
    ++end;
  const std::string_view whole = source_.substr(at_, end - at_);
  at_ = end;
  if (hex || binary) return whole_number(whole.substr(2), hex ? 16 : 2);
  std::size_t digits = std::min(whole.find_first_not_of("0123456789."), whole.size());
  const std::string_view unit = whole.substr(digits);
  if (const std::uint64_t scale = unit_of_time(unit)) return timed(whole.substr(0, digits), scale);
  if (whole.find_first_of(".eE") == npos)
    return whole_number(whole, whole[0] == '0' && whole.size() > 1 ? 8 : 10);
  double value = 0;
  const auto [stop, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (error != std::errc{} || stop != whole.data() + whole.size())
    return wrong(token_.begin, "'" + printable(whole) + "' is no number: write 12, 0x1f or 1.5");
  token_.kind = Token::Kind::Real;
  token_.text = whole;
  return {};
}

Result<void> Lexer::whole_number(std::string_view digits, int radix) {
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, token_.number, radix);
  const std::string shown = "'" + printable(source_.substr(token_.begin, at_ - token_.begin)) + "'";
  if (error == std::errc::result_out_of_range)
    return wrong(token_.begin, shown + " does not fit in 64 bits: check the number");
  const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
  if (error != std::errc{} || !integer_suffix(rest))
    return wrong(token_.begin, shown + " is no number: write 12, 0x1f, or a time such as 10ms");
  token_.kind = Token::Kind::Number;
  return {};
}

Result<void> Lexer::timed(std::string_view number, std::uint64_t unit) {
  token_.kind = Token::Kind::Number;
  const char* end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, token_.number);
  constexpr double limit = 18e18;
  if (error == std::errc{} && stop == end && token_.number <= ~std::uint64_t{0} / unit) {
    token_.number *= unit;
    return {};
  }
  double value = 0;
  const auto [last, bad] = std::from_chars(number.data(), end, value);
  if (bad != std::errc{} || last != end || value * static_cast<double>(unit) > limit)
    return wrong(token_.begin,
                 "'" + printable(source_.substr(token_.begin, at_ - token_.begin)) +
                     "' is no time: write a number and its unit, such as 10ms or 1.5s");
  token_.number = static_cast<std::uint64_t>(std::llround(value * static_cast<double>(unit)));
  return {};
}

Result<void> Lexer::string() {
  token_.kind = Token::Kind::Text;
  ++at_;
  while (here() != '"') {
    if (at_ >= source_.size())
      return wrong(token_.begin, "the string has no end: close it with '\"'");
    auto c = one_character();
    if (!c) return c.error();
    token_.text += *c;
  }
  ++at_;
  return {};
}

Result<void> Lexer::character() {
  token_.kind = Token::Kind::Number;
  ++at_;
  if (here() == '\'' || at_ >= source_.size())
    return wrong(token_.begin, "a character is missing: write 'x' for one, \"x\" for a string");
  auto c = one_character();
  if (!c) return c.error();
  if (here() != '\'')
    return wrong(token_.begin,
                 "a character is one byte between quotes: write 'x', \"text\" for a "
                 "string");
  ++at_;
  // As in C: a char, which is signed.
  token_.number =
      static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<signed char>(*c)));
  return {};
}

/// One byte of a string, an escape resolved.
Result<char> Lexer::one_character() {
  const std::size_t begin = at_;
  char c = source_[at_++];
  if (c != '\\') return c;
  constexpr std::string_view escapes = "abefnrtv\\'\"?", values = "\a\b\x1b\f\n\r\t\v\\'\"?";
  c = here();
  if (const std::size_t known = escapes.find(c); at_ < source_.size() && known != npos) {
    ++at_;
    return values[known];
  }
  unsigned value = 0, digits = 0;
  const bool hex = c == 'x';
  const int radix = hex ? 16 : 8;
  if (hex) ++at_;
  for (; digits < (hex ? 2u : 3u); ++digits, ++at_) {
    const int digit = hex_digit(here());
    if (digit < 0 || digit >= radix) break;
    value = value * static_cast<unsigned>(radix) + static_cast<unsigned>(digit);
  }
  if (digits == 0 || value > 0xff)
    return wrong(begin, "no such escape: write \\n, \\t, \\\\, \\\", \\x1f or \\037");
  return static_cast<char>(static_cast<unsigned char>(value));
}

Result<void> Lexer::sign() {
  constexpr std::array<std::string_view, 47> signs = {
      "<<=", ">>=", "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++",
      "--",  "+=",  "-=", "*=", "/=", "%=", "&=", "|=", "^=", "::", "+",  "-",
      "*",   "/",   "%",  "&",  "|",  "^",  "~",  "!",  "<",  ">",  "=",  ".",
      "(",   ")",   "[",  "]",  ":",  "?",  ",",  ";",  "{",  "}",  "="};
  for (const std::string_view one : signs)
    if (source_.substr(at_).starts_with(one)) {
      token_.text = one;
      at_ += one.size();
      return {};
    }
  return wrong(at_, "'" + printable(source_.substr(at_, 1)) + "' means nothing here: leave it out");
}

}  // namespace

std::string place(std::string_view source, std::size_t at) {
  constexpr std::size_t shown = 40;
  const std::string_view rest = source.substr(std::min(at, source.size()));
  if (rest.empty()) return "at the end";
  return "at '" + printable(rest.substr(0, shown)) + (rest.size() > shown ? "...'" : "'");
}

Result<std::vector<Token>> tokens_of(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace sidestep::symbols
