#include "symbols/expression_parser.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "symbols/expression_grammar.hpp"
#include "symbols/expression_tokens.hpp"
#include "symbols/expression_types.hpp"
#include "symbols/probe_parts.hpp"

namespace sidestep::symbols {
namespace {

using core::Expression;
using Kind = Expression::Kind;

constexpr int deepest = 40;              // the compiler and the destructor recurse as deep
constexpr std::size_t most_parts = 200;  // a chain a + b + c is a tree as deep as it is long

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

class Parser {
 public:
  Parser(std::string_view source, std::vector<Token> tokens)
      : source_(source), tokens_(std::move(tokens)) {}

  Result<Expression> whole() {
    if (here().kind == Token::Kind::End) return wrong("a value is missing");
    auto tree = binary(1);
    if (tree && here().kind != Token::Kind::End) return unexpected();
    return tree;
  }
  /// Where the type behind the whole value begins, with its colon; the source's end if there is
  /// none.
  std::size_t suffix() const { return suffix_; }

 private:
  const Token& here(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  Error wrong_at(const Token& token, const std::string& what) const {
    return {ErrorKind::Usage, place(source_, token.begin) + ": " + what};
  }
  Error wrong(const std::string& what) const { return wrong_at(here(), what); }
  Error unexpected() const { return wrong(why_unexpected(here())); }
  Error no_value() const;

  /// One more part of the tree.
  Result<Expression> made(Kind kind, std::string text, std::vector<Expression> operands) {
    if (++parts_ > most_parts)
      return wrong("it is too long: at most " + std::to_string(most_parts) + " operations");
    return Expression{kind, std::move(text), 0, std::move(operands)};
  }
  static std::vector<Expression> list(Expression a) {
    std::vector<Expression> all;
    all.push_back(std::move(a));
    return all;
  }
  static std::vector<Expression> list(Expression a, Expression b) {
    std::vector<Expression> all = list(std::move(a));
    all.push_back(std::move(b));
    return all;
  }

  Result<Expression> binary(int least);
  Result<Expression> typed();
  Result<Expression> unary();
  Result<Expression> cast_or_postfix();
  Result<Expression> postfix();
  Result<Expression> primary();
  Result<Expression> group();
  Result<Expression> special();
  Result<Expression> member(Expression operand);
  Result<Expression> index(Expression operand);
  Result<Expression> named_register();
  Result<std::string> type_suffix();
  std::optional<std::string> cast();

  std::string_view source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0, parts_ = 0;
  std::size_t suffix_ = source_.size();
  int depth_ = 0;
};

Error Parser::no_value() const {
  const Token& t = here();
  if (t.is("++") || t.is("--")) return unexpected();
  if (at_ > 0 && tokens_[at_ - 1].kind == Token::Kind::Sign)
    return wrong("a value is missing behind '" + tokens_[at_ - 1].text +
                 "': write one (and the probe in single quotes, or the shell takes $names away)");
  return wrong(
      "a value is missing: write one (and the probe in single quotes, or the shell takes "
      "$names away)");
}

Result<Expression> Parser::binary(int least) {
  auto left = typed();
  while (left) {
    const int level = level_of(here());
    if (level < least || level == 0) break;
    std::string sign = tokens_[at_++].text;
    auto right = binary(level + 1);
    if (!right) return right;
    suffix_ = source_.size();  // it was of an operand
    left = made(Kind::Binary, std::move(sign), list(std::move(*left), std::move(*right)));
  }
  return left;
}

/// VALUE:type. Looser than !, * and casts, tighter than what joins two values.
Result<Expression> Parser::typed() {
  auto operand = unary();
  if (!operand || !here().is(":")) return operand;
  const std::size_t colon = here().begin;
  while (operand && here().is(":")) {
    ++at_;
    auto type = type_suffix();
    if (!type) return type.error();
    operand = made(Kind::Cast, std::move(*type), list(std::move(*operand)));
  }
  suffix_ = colon;
  return operand;
}

Result<std::string> Parser::type_suffix() {
  const Token& first = here();
  const std::string example = "a type is missing behind ':': write e.g. :u32 or :string";
  if (first.kind != Token::Kind::Name) return wrong(example);
  std::size_t end = tokens_[at_++].end;
  const bool may_go_on = is_type_word(first.text) || first.text == "struct" ||
                         first.text == "union" || first.text == "enum" || first.text == "class" ||
                         first.text == "const";
  while (may_go_on && here().kind == Token::Kind::Name) end = tokens_[at_++].end;
  // A star is the type's unless a value follows, which it then multiplies.
  std::size_t stars = 0;
  while (here(stars).is("*")) ++stars;
  const bool value = only_begins_value(here(stars)) || is_unary(here(stars));
  if (stars > 0 && !value) {
    at_ += stars;
    end = tokens_[at_ - 1].end;
  }
  const auto type = read_type(source_.substr(first.begin, end - first.begin));
  if (!type) return wrong_at(first, "it is no type: write e.g. :u32, :string or :long");
  return type->text;
}

Result<Expression> Parser::unary() {
  if (depth_ >= deepest) return wrong("it is nested too deeply: use fewer brackets");
  ++depth_;
  auto result = cast_or_postfix();
  --depth_;
  return result;
}

Result<Expression> Parser::cast_or_postfix() {
  if (is_unary(here())) {
    std::string sign = tokens_[at_++].text;
    auto operand = unary();
    if (!operand) return operand;
    return made(Kind::Unary, std::move(sign), list(std::move(*operand)));
  }
  if (auto type = cast()) {
    auto operand = unary();
    if (!operand) return operand;
    return made(Kind::Cast, std::move(*type), list(std::move(*operand)));
  }
  return postfix();
}

/// `(type)` before a value; moves behind it. `(name) - 1` is no cast, `(u32) - 1` is.
std::optional<std::string> Parser::cast() {
  if (!here().is("(")) return std::nullopt;
  std::size_t close = at_ + 1;
  while (close < tokens_.size() && !tokens_[close].is(")") && !tokens_[close].is("(")) ++close;
  if (close + 1 >= tokens_.size() || !tokens_[close].is(")")) return std::nullopt;
  const auto type = read_type(source_.substr(here().end, tokens_[close].begin - here().end));
  const Token& next = tokens_[close + 1];
  if (!type) return std::nullopt;
  const bool is_register = next.is("%") && tokens_[close + 2].begin == next.end;
  if (!only_begins_value(next) && !(type->certain && (is_unary(next) || is_register)))
    return std::nullopt;
  at_ = close + 1;
  return type->text;
}

Result<Expression> Parser::postfix() {
  auto value = primary();
  while (value) {
    if (here().is(".") || here().is("->"))
      value = member(std::move(*value));
    else if (here().is("["))
      value = index(std::move(*value));
    else
      break;
  }
  return value;
}

Result<Expression> Parser::member(Expression operand) {
  const std::string sign = tokens_[at_++].text;
  if (here().kind != Token::Kind::Name)
    return wrong("the name of a member is missing behind '" + sign + "': write e.g. p->len");
  return made(Kind::Member, tokens_[at_++].text, list(std::move(operand)));
}

Result<Expression> Parser::index(Expression operand) {
  const Token open = tokens_[at_++];
  auto inside = binary(1);
  if (!inside) return inside;
  suffix_ = source_.size();
  if (!here().is("]")) {
    if (here().kind != Token::Kind::End) return unexpected();
    return wrong_at(open, "']' is missing: close the bracket");
  }
  ++at_;
  return made(Kind::Index, "", list(std::move(operand), std::move(*inside)));
}

Result<Expression> Parser::group() {
  const Token open = tokens_[at_++];
  auto inside = binary(1);
  if (!inside) return inside;
  suffix_ = source_.size();
  if (!here().is(")")) {
    if (here().kind != Token::Kind::End) return unexpected();
    return wrong_at(open, "')' is missing: close the bracket");
  }
  ++at_;
  return inside;
}

Result<Expression> Parser::primary() {
  const Token& t = here();
  if (t.is("(")) return group();
  if (t.is("%") && here(1).kind == Token::Kind::Name) return named_register();
  if (t.kind == Token::Kind::Special) return special();
  Expression value;
  value.text = t.text;
  value.number = t.number;
  if (t.kind == Token::Kind::Number)
    value.kind = Kind::Number;
  else if (t.kind == Token::Kind::Real)
    value.kind = Kind::Real;
  else if (t.kind == Token::Kind::Text)
    value.kind = Kind::Text;
  else if (t.kind == Token::Kind::Name && t.text != "if")
    value.kind = Kind::Name;
  else
    return no_value();
  ++at_;
  return value;
}

Result<Expression> Parser::named_register() {
  const Token& name = here(1);
  Expression value;
  value.kind = Kind::Register;
  value.text = lower(name.text);
  if (!is_register(value.text))
    return wrong("there is no register %" + printable(name.text) +
                 ": %rax to %r15, their parts (%edi, %al), %rip, %xmm0 to %xmm15");
  at_ += 2;
  return value;
}

Result<Expression> Parser::special() {
  constexpr std::array<std::string_view, 6> known = {"params", "retval", "latency",
                                                     "net",    "comm",   "tid"};
  const std::string& name = here().text;
  Expression value;
  if (name.starts_with("arg") && name.size() == 4 && name[3] >= '0' && name[3] <= '9') {
    if (name[3] < '1' || name[3] > '6')
      return wrong("only $arg1 to $arg6 are in registers: name the parameter, or use %rsp");
    value.kind = Kind::Argument;
    value.number = static_cast<std::uint64_t>(name[3] - '0');
  } else if (std::find(known.begin(), known.end(), name) != known.end()) {
    value.kind = Kind::Special;
    value.text = name;
  } else {
    return wrong("there is no $" + printable(name) +
                 ": $params, $retval, $latency, $net, $comm, $tid, $arg1 to $arg6");
  }
  ++at_;
  return value;
}

Result<Parser> parser_of(std::string_view text) {
  auto tokens = tokens_of(text);
  if (!tokens) return tokens.error();
  return Parser(text, std::move(*tokens));
}

Error params_alone() {
  return {ErrorKind::Usage, "$params is all parameters: write it alone, as one of the arguments"};
}

}  // namespace

Result<Expression> parse_condition(std::string_view text) {
  auto parser = parser_of(text);
  if (!parser) return parser.error();
  auto tree = parser->whole();
  if (tree && mentions(*tree, "params")) return params_alone();
  return tree;
}

Result<core::Wanted> parse_wanted(std::string_view text) {
  auto parser = parser_of(text);
  if (!parser) return parser.error();
  auto tree = parser->whole();
  if (!tree) return tree.error();
  if (tree->kind != Kind::Special && mentions(*tree, "params")) return params_alone();
  std::string_view label = text.substr(0, parser->suffix());
  if (label.starts_with('$') || label.starts_with('%')) label.remove_prefix(1);
  return core::Wanted{std::string(label), std::move(*tree)};
}

bool mentions(const Expression& tree, std::string_view special) {
  if (tree.kind == Kind::Special && tree.text == special) return true;
  return std::any_of(tree.operands.begin(), tree.operands.end(),
                     [&](const Expression& operand) { return mentions(operand, special); });
}

}  // namespace sidestep::symbols
