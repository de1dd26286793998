// Operators, members and casts of the user's expressions (symbols/compile_expression.hpp).
#include <algorithm>

#include "symbols/compile_expression.hpp"
#include "symbols/library_type.hpp"
#include "symbols/probe_parts.hpp"

namespace sidestep::symbols {
namespace {

using C = core::Op::Code;
using Kind = ValueType::Kind;
using EKind = core::Expression::Kind;

constexpr std::uint64_t word = 8;

bool is_text(const Operand& operand) {
  return operand.type->kind == Kind::Literal || operand.type->kind == Kind::Comm;
}

std::string called(const Operand& operand) {
  return operand.text.empty() ? "that" : "'" + printable(operand.text) + "'";
}

bool is_scalar(const ValueType& type) {
  switch (type.kind) {
    case Kind::Signed:
    case Kind::Unsigned:
    case Kind::Hex:
    case Kind::Float:
    case Kind::Bool:
    case Kind::Character:
    case Kind::Enum:
      return type.size > 0 && type.size <= word;
    default:
      return false;
  }
}

/// Whether a cast takes the bytes as they are, instead of the number that they mean.
bool is_raw(const Operand& from, const ValueType& to) {
  const Kind kind = from.type->kind;
  if (kind == Kind::Unknown || kind == Kind::Struct) return true;
  return kind == Kind::Hex && (from.type->size > word || to.kind == Kind::Float);
}

/// A bit field as the number that it holds.
Result<Operand> bit_field(const Operand& whole, const Member& member) {
  if (member.bytes > word) return wrong("'" + member.name + "' is a bit field across nine bytes");
  auto code = push(cut(whole.place, member.offset, member.bytes), member.bytes);
  if (!code) return missing(whole.place.missing);
  code->push_back(constant(64u - member.bit_offset - member.bit_size));
  code->push_back(make_op(C::ShiftLeft));
  code->push_back(constant(64u - member.bit_size));
  const bool is_signed = member.type->kind == Kind::Signed;
  code->push_back(make_op(is_signed ? C::ShiftRightSigned : C::ShiftRight));
  return Operand{member.type, Place::computed(std::move(*code)), member.name};
}

}  // namespace

Result<Operand> ExpressionCompiler::unary_of(const Expression& e) {
  auto inner = compile(e.operands[0]);
  if (!inner) return inner;
  if (e.text == "*") return dereference(std::move(*inner));
  if (e.text == "&") {
    auto address = address_of(inner->place);
    if (!address) {
      if (inner->place.is_nowhere() && !is_text(*inner)) return missing(inner->place.missing);
      return wrong(called(*inner) + " is not in memory: it has no address");
    }
    return Operand{pointer_to(inner->type), Place::computed(std::move(*address)), ""};
  }
  auto number = number_of(*inner);
  if (!number) return number.error();
  auto result = unary(e.text, std::move(*number));
  if (!result) return result.error();
  return operand_of(std::move(*result));
}

Result<Operand> ExpressionCompiler::dereference(Operand pointer) {
  if (is_text(pointer)) return wrong("'*' needs a pointer");
  auto number = number_of(pointer);
  if (!number) return number.error();
  if (!number->pointed)
    return wrong(called(pointer) + " is not a pointer: add a cast, such as (u32 *)");
  TypePtr type = scope_.completed(number->pointed);
  if (type->kind == Kind::Unknown)
    return wrong(called(pointer) + " points to an unknown type: add a cast, such as (u32 *)");
  return Operand{std::move(type), Place::in_memory(std::move(number->code)), ""};
}

Result<Operand> ExpressionCompiler::logical_of(const Expression& e) {
  Result<Operand> sides[] = {compile(e.operands[0]), compile(e.operands[1])};
  Number numbers[2];
  for (int i = 0; i < 2; ++i) {
    if (!sides[i]) return sides[i];
    auto number = number_of(*sides[i]);
    if (!number) return number.error();
    numbers[i] = std::move(*number);
  }
  return operand_of(logical(std::move(numbers[0]), std::move(numbers[1]), e.text == "||"));
}

/// A name that is no variable may be a value of the enum it is compared with.
Result<Operand> ExpressionCompiler::enumerator(const Expression& e, const Operand& beside) const {
  const auto all = enumerators_of(*beside.type);
  std::vector<std::string> names;
  for (const auto& [value, name] : *all) {
    if (name == e.text)
      return Operand{beside.type, Place::computed({constant(static_cast<std::uint64_t>(value))}),
                     e.text};
    names.push_back(name);
  }
  return wrong("no value '" + printable(e.text) + "' of " + called(beside) +
               "; there are: " + nearest_first(e.text, std::move(names)));
}

Result<Operand> ExpressionCompiler::binary_of(const Expression& e) {
  Result<Operand> left = compile(e.operands[0]), right = compile(e.operands[1]);
  const auto try_enumerator = [&](Result<Operand>& side, const Expression& of,
                                  const Result<Operand>& other) {
    if (!side && other && of.kind == EKind::Name && other->type->kind == Kind::Enum)
      side = enumerator(of, *other);
  };
  try_enumerator(left, e.operands[0], right);
  try_enumerator(right, e.operands[1], left);
  if (!left) return left;
  if (!right) return right;
  if (is_text(*left) || is_text(*right)) return text_comparison(e, *left, *right);
  auto a = number_of(*left), b = number_of(*right);
  if (!a) return a.error();
  if (!b) return b.error();
  auto result = binary(e.text, std::move(*a), std::move(*b));
  if (!result) return result.error();
  return operand_of(std::move(*result));
}

Result<Operand> ExpressionCompiler::text_comparison(const Expression& e, const Operand& left,
                                                    const Operand& right) {
  if (e.text != "==" && e.text != "!=")
    return wrong("text can only be compared, with == or !=, not by '" + e.text + "'");
  const bool literal_left = left.type->kind == Kind::Literal;
  const Operand& literal = literal_left ? left : right;
  const Operand& other = literal_left ? right : left;
  if (literal.type->kind != Kind::Literal)
    return wrong("text can only be compared with a text in quotes");
  Code code;
  if (other.type->kind == Kind::Comm) {
    code.push_back(make_op(C::CommEqual, 0, 0, add_text(literal.text)));
  } else if (other.type->kind == Kind::Literal) {
    code.push_back(constant(left.text == right.text));
  } else if (const auto place = text_place(other)) {
    code = place->begin;
    if (place->count) append(code, *place->count);
    code.push_back(
        make_op(place->count ? C::CountedTextEqual : C::TextEqual, 0, 0, add_text(literal.text)));
  } else if (other.place.is_nowhere()) {
    return missing(other.place.missing);
  } else {
    return wrong(called(other) + " is a number, not text: it can't be compared with \"" +
                 printable(literal.text) + "\" (a cast makes it text: :string)");
  }
  if (e.text == "!=") code.push_back(make_op(C::Not));
  return operand_of({std::move(code), Number::Kind::Signed, 4, nullptr});
}

Result<Operand> ExpressionCompiler::member(const Expression& e) {
  auto whole = compile(e.operands[0]);
  if (!whole) return whole;
  for (int steps = 0; steps < 2 && whole->type->kind == Kind::Pointer; ++steps) {
    std::string name = whole->text;
    whole = dereference(std::move(*whole));
    if (!whole) return whole;
    whole->text = std::move(name);
  }
  whole->type = scope_.completed(whole->type);
  return member_of(std::move(*whole), e.text);
}

Result<Operand> ExpressionCompiler::member_of(Operand whole, const std::string& name) {
  if (whole.type->kind != Kind::Struct && whole.type->kind != Kind::Complex)
    return wrong(called(whole) + " is not a struct: it has no member '" + printable(name) + "'");
  auto found = find_member(*whole.type, name);
  if (!found) {
    std::vector<std::string> names;
    member_names(*whole.type, names);
    std::string text = "no member '" + printable(name) + "' in " + printable(whole.type->name);
    text += names.empty() ? (is_declaration(*whole.type) ? ", which is only declared here"
                                                         : ", which has none")
                          : "; there are: " + nearest_first(name, std::move(names));
    return wrong(std::move(text));
  }
  if (found->bit_size) return bit_field(whole, *found);
  Operand result{found->type, cut(whole.place, found->offset, found->type->size), name};
  if (found->type->kind == Kind::Array && found->type->size == 0 && whole.place.is_memory())
    result.place = cut(whole.place, found->offset, Place::unbounded - found->offset);
  if (result.type->kind != Kind::Reference) return result;
  const auto address = push(result.place, word);
  result.place = address ? Place::in_memory(*address) : Place::nowhere(result.place.missing);
  result.type = scope_.completed(result.type->target);
  return result;
}

Result<Operand> ExpressionCompiler::index(const Expression& e) {
  auto base = compile(e.operands[0]);
  if (!base) return base;
  auto position = compile(e.operands[1]);
  if (!position) return position;
  const ValueType& type = *base->type;
  const Expression& at = e.operands[1];
  if (type.kind == Kind::Array && !base->place.is_memory() && at.kind == EKind::Number &&
      !base->place.is_nowhere()) {
    const std::uint64_t size = type.target->size;
    if (at.number >= type.count)
      return wrong(called(*base) + " has only " + std::to_string(type.count) + " elements");
    return Operand{type.target, cut(base->place, at.number * size, size), ""};
  }
  if (const auto extent = extent_of(type)) {
    auto begin = push_begin(*extent, base->place);
    if (!begin) return missing(base->place.missing);
    *base = Operand{pointer_to(extent->element), Place::computed(std::move(*begin)), base->text};
  }
  auto pointer = number_of(*base);
  if (!pointer) return pointer.error();
  if (!pointer->pointed) return wrong(called(*base) + " is neither an array nor a pointer");
  pointer->pointed = scope_.completed(pointer->pointed);
  auto number = number_of(*position);
  if (!number) return number.error();
  auto sum = binary("+", std::move(*pointer), std::move(*number));
  if (!sum) return sum.error();
  return dereference(operand_of(std::move(*sum)));
}

Result<Operand> ExpressionCompiler::cast(const Expression& e) {
  auto from = compile(e.operands[0]);
  if (!from) return from;
  const TypePtr type = scope_.type(e.text);
  if (!type)
    return wrong("no type '" + printable(e.text) +
                 "': there are u8 to u64, i8 to i64, x8 to x64, f32, f64, bool, char, string, ptr, "
                 "and those of the debug information");
  return cast_to(std::move(*from), type);
}

Result<Operand> ExpressionCompiler::cast_to(Operand from, const TypePtr& type) {
  if (type->kind == Kind::Text) {
    if (is_text(from)) return from;
    if (const auto extent = extent_of(*from.type); extent && extent->is_text) return from;
  } else if (is_text(from)) {
    return wrong("text can't be cast to a number");
  }
  if (from.place.is_nowhere()) return missing(from.place.missing);
  const bool fits = type->size > 0 && (from.place.is_memory() || type->size <= from.type->size);
  if (is_raw(from, *type) || type->kind == Kind::Struct || type->kind == Kind::Array) {
    if (!fits) return wrong(called(from) + " can't be seen as " + printable(type->name));
    return Operand{type, cut(from.place, 0, type->size), from.text};
  }
  auto number = number_of(from);
  if (!number) return number.error();
  if (type->kind == Kind::Text || type->kind == Kind::Pointer) {
    if (number->is_double()) return wrong(called(from) + " is not an address");
    return Operand{type, Place::computed(std::move(number->code)), from.text};
  }
  if (!is_scalar(*type)) return wrong(called(from) + " can't be seen as " + printable(type->name));
  Number result = converted(std::move(*number), *type);
  const TypePtr kept = type->kind == Kind::Float ? plain_type(Kind::Float, word) : type;
  return Operand{kept, Place::computed(std::move(result.code)), from.text};
}

}  // namespace sidestep::symbols
