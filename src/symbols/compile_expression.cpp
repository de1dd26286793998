#include "symbols/compile_expression.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

#include "symbols/go_call.hpp"
#include "symbols/nearest.hpp"
#include "symbols/probe_parts.hpp"
#include "symbols/register_name.hpp"
#include "symbols/sysv_call.hpp"

namespace sidestep::symbols {
namespace {

using C = core::Op::Code;
using Kind = ValueType::Kind;
using EKind = core::Expression::Kind;

constexpr std::uint64_t word = 8;

Operand number_operand(std::uint64_t value) {
  Number number;
  number.code = {constant(value)};
  number.size = value <= std::numeric_limits<std::int32_t>::max() ? 4 : word;
  const bool fits = value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  number.kind = fits ? Number::Kind::Signed : Number::Kind::Unsigned;
  return operand_of(std::move(number));
}

Result<Operand> real_operand(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return wrong("'" + printable(text) + "' is not a number");
  return operand_of(
      {{constant(std::bit_cast<std::uint64_t>(value))}, Number::Kind::Double, word, nullptr});
}

Operand text_operand(const std::string& text) {
  return {plain_type(Kind::Literal, 0), Place::nowhere("text"), text};
}

std::string spelled(const core::Expression& e) {
  switch (e.kind) {
    case EKind::Name:
      return e.text;
    case EKind::Register:
      return "%" + e.text;
    case EKind::Argument:
      return "$arg" + std::to_string(e.number);
    case EKind::Special:
      return "$" + e.text;
    case EKind::Member:
      return spelled(e.operands[0]) + "." + e.text;
    default:
      return "";
  }
}

}  // namespace

std::string shown_function(const std::string& name) {
  if (name.empty()) return "this place";
  return name.find('(') == std::string::npos ? name + "()" : name;
}

bool needs_return(const core::Expression& e) {
  if (e.kind == EKind::Special && (e.text == "retval" || e.text == "latency" || e.text == "net"))
    return true;
  return std::any_of(e.operands.begin(), e.operands.end(), needs_return);
}

std::string nearest_first(const std::string& wanted, std::vector<std::string> names) {
  constexpr std::size_t most = 12;
  NearestNames nearest(wanted, most);
  for (const std::string& name : names) nearest.consider(name);
  std::vector<std::string> ordered = std::move(nearest).take();
  for (std::string& name : names)
    if (std::find(ordered.begin(), ordered.end(), name) == ordered.end())
      ordered.push_back(std::move(name));
  std::string text;
  for (std::size_t i = 0; i < std::min(ordered.size(), most); ++i)
    text += (i ? ", " : "") + printable(ordered[i]);
  return ordered.size() > most ? text + ", ..." : text;
}

Result<Operand> ExpressionCompiler::operand(const Expression& expression, core::Program& program) {
  program_ = &program;
  return compile(expression);
}

Result<core::Program> ExpressionCompiler::condition(const Expression& expression) {
  core::Program program;
  const auto result = operand(expression, program);
  if (!result) return result.error();
  auto number = number_of(*result);
  if (!number) return number.error();
  program.ops = truth(std::move(*number)).code;
  return program;
}

Result<Operand> ExpressionCompiler::compile(const Expression& e) {
  switch (e.kind) {
    case EKind::Number:
      return number_operand(e.number);
    case EKind::Real:
      return real_operand(e.text);
    case EKind::Text:
      return text_operand(e.text);
    case EKind::Name:
      return name(e);
    case EKind::Register:
      return machine_register(e);
    case EKind::Argument:
      return argument(e);
    case EKind::Special:
      return special(e);
    case EKind::Unary:
      return unary_of(e);
    case EKind::Binary:
      return e.text == "&&" || e.text == "||" ? logical_of(e) : binary_of(e);
    case EKind::Member:
      return member(e);
    case EKind::Index:
      return index(e);
    case EKind::Cast:
      return cast(e);
  }
  return wrong("not an expression");
}

Result<Operand> ExpressionCompiler::name(const Expression& e) {
  const std::vector<std::string> locals = scope_.names();
  const bool is_local = std::find(locals.begin(), locals.end(), e.text) != locals.end();
  if (is_local && moment_ == Moment::Return)
    return wrong("'" + printable(e.text) + "' is not known any more where " + function_ +
                 " has returned: $retval, $latency and $net can't be combined with it");
  auto found = scope_.find(e.text);
  if (!found) {
    if (e.text == "true" || e.text == "false") return number_operand(e.text == "true");
    if (e.text == "NULL" || e.text == "nullptr") return number_operand(0);
    return no_such_name(e.text);
  }
  Operand operand{found->type, std::move(found->place), e.text};
  if (operand.type->kind != Kind::Reference) return operand;
  const auto address = push(operand.place, word);
  operand.place = address ? Place::in_memory(*address) : Place::nowhere(operand.place.missing);
  operand.type = scope_.completed(operand.type->target);
  return operand;
}

Result<Operand> ExpressionCompiler::no_such_name(const std::string& name) {
  if (!scope_.known())
    return wrong("no debug information for " + function_ +
                 ": use $arg1 to $arg6, a register such "
                 "as %rdi, or a cast: $arg1:string");
  const std::vector<std::string> names = scope_.names();
  std::string text = "no parameter or variable '" + printable(name) + "' in " + function_;
  text += names.empty() ? "; it has none" : "; there are: " + nearest_first(name, names);
  return wrong(std::move(text));
}

Result<Operand> ExpressionCompiler::machine_register(const Expression& e) const {
  const auto found = register_named(e.text);
  if (!found)
    return wrong("no register '%" + printable(e.text) +
                 "': there are %rax to %rsp, %r8 to %r15, their parts such as %edi, and %xmm0 to "
                 "%xmm15");
  Place place = cut(Place::in_register(found->dwarf_number, found->skip + found->size), found->skip,
                    found->size);
  return Operand{plain_type(Kind::Hex, found->size), std::move(place), "%" + e.text};
}

Result<Operand> ExpressionCompiler::argument(const Expression& e) const {
  if (e.number < 1 || e.number > 6) return wrong("there are $arg1 to $arg6");
  if (moment_ == Moment::Return)
    return wrong("$arg" + std::to_string(e.number) + " is not known any more where " + function_ +
                 " has returned");
  const auto n = static_cast<unsigned>(e.number - 1);
  const unsigned number = is_go_ ? go_argument_register(n) : sysv_argument_register(n);
  return Operand{plain_type(Kind::Unsigned, word), Place::in_register(number, word), spelled(e)};
}

Result<Operand> ExpressionCompiler::special(const Expression& e) const {
  const auto computed = [&](C code, Kind kind, std::uint64_t size) {
    return Operand{plain_type(kind, size), Place::computed({make_op(code)}, size), "$" + e.text};
  };
  if (e.text == "tid") return computed(C::ThreadId, Kind::Signed, 4);
  if (e.text == "comm") return Operand{plain_type(Kind::Comm, 0), Place::nowhere("text"), "$comm"};
  if (e.text == "params") return wrong("$params stands alone: name the parameter");
  const bool of_return = e.text == "retval" || e.text == "latency" || e.text == "net";
  if (!of_return)
    return wrong("no '$" + printable(e.text) +
                 "': there are $params, $retval, $latency, $net, $arg1 to $arg6, $comm and $tid");
  if (moment_ != Moment::Return)
    return wrong("$" + e.text + " is known when the function returns: write SPEC%return");
  if (e.text == "retval") return retval();
  return computed(e.text == "net" ? C::NetTime : C::Latency, Kind::Unsigned, word);
}

Result<Operand> ExpressionCompiler::retval() const {
  if (!scope_.known())
    return Operand{plain_type(Kind::Hex, word), Place::in_register(rax, word), "$retval"};
  std::vector<Named> results = scope_.results();
  if (results.empty()) return wrong(function_ + " returns nothing: there is no $retval");
  if (results.size() > 1)
    return wrong(function_ + " returns " + std::to_string(results.size()) +
                 " values: $retval can only be shown");
  return Operand{results[0].type, std::move(results[0].place), "$retval"};
}

std::uint16_t ExpressionCompiler::add_text(const std::string& text) {
  program_->texts.push_back(text);
  return static_cast<std::uint16_t>(program_->texts.size() - 1);
}

}  // namespace sidestep::symbols
