#include "symbols/expression_grammar.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sidestep::symbols {

int level_of(const Token& token) {
  constexpr std::array<std::pair<std::string_view, int>, 18> levels = {{{"||", 1},
                                                                        {"&&", 2},
                                                                        {"|", 3},
                                                                        {"^", 4},
                                                                        {"&", 5},
                                                                        {"==", 6},
                                                                        {"!=", 6},
                                                                        {"<", 7},
                                                                        {"<=", 7},
                                                                        {">", 7},
                                                                        {">=", 7},
                                                                        {"<<", 8},
                                                                        {">>", 8},
                                                                        {"+", 9},
                                                                        {"-", 9},
                                                                        {"*", 10},
                                                                        {"/", 10},
                                                                        {"%", 10}}};
  if (token.kind != Token::Kind::Sign) return 0;
  for (const auto& [sign, level] : levels)
    if (token.text == sign) return level;
  return 0;
}

bool is_unary(const Token& token) {
  return token.is("!") || token.is("-") || token.is("~") || token.is("*") || token.is("&") ||
         token.is("+");
}

bool only_begins_value(const Token& token) {
  using enum Token::Kind;
  if (token.kind == Sign) return token.is("(") || token.is("~") || token.is("!");
  return token.kind != End;
}

bool is_register(std::string_view name) {
  constexpr std::array<std::string_view, 45> names = {
      "rax",    "rbx", "rcx", "rdx",     "rsi",     "rdi", "rbp", "rsp",      "rip",
      "eflags", "eax", "ebx", "ecx",     "edx",     "esi", "edi", "ebp",      "esp",
      "ax",     "bx",  "cx",  "dx",      "si",      "di",  "bp",  "sp",       "al",
      "bl",     "cl",  "dl",  "ah",      "bh",      "ch",  "dh",  "sil",      "dil",
      "bpl",    "spl", "st0", "fs_base", "gs_base", "cs",  "ss",  "orig_rax", "rflags"};
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  const auto numbered = [&](std::string_view prefix, unsigned least, unsigned most) {
    if (!name.starts_with(prefix)) return false;
    std::string_view digits = name.substr(prefix.size());
    if (prefix == "r" && !digits.empty() &&
        std::string_view("dwb").find(digits.back()) != std::string_view::npos)
      digits.remove_suffix(1);
    if (digits.empty() || digits.size() > 2 || digits[0] < '0' || digits[0] > '9' ||
        digits.back() < '0' || digits.back() > '9' || (digits.size() == 2 && digits[0] == '0'))
      return false;
    const unsigned number = digits.size() == 1
                                ? static_cast<unsigned>(digits[0] - '0')
                                : static_cast<unsigned>((digits[0] - '0') * 10 + digits[1] - '0');
    return number >= least && number <= most;
  };
  return numbered("r", 8, 15) || numbered("xmm", 0, 15);
}

std::string why_unexpected(const Token& t) {
  if (t.is("=")) return "'=' would assign: write '==' to compare";
  if (t.is("?")) return "there is no '?:': write two probes, or use && and ||";
  if (t.is("++") || t.is("--")) return "nothing is changed here: write + 1 or - 1";
  if (t.kind == Token::Kind::Sign && t.text.size() > 1 && t.text.back() == '=')
    return "nothing is assigned here: write '" + t.text.substr(0, t.text.size() - 1) + "'";
  if (t.is("(")) return "functions can't be called: leave the call out";
  if (t.is(")") || t.is("]")) return "there is no bracket for it to close: leave it out";
  if (t.kind == Token::Kind::Sign) return "'" + t.text + "' can't stand here: leave it out";
  if (t.kind == Token::Kind::Name && t.text == "if")
    return "there is an 'if' already: join conditions by &&";
  return "an operator is missing before it: write e.g. == or &&";
}

}  // namespace sidestep::symbols
