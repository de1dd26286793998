#include "symbols/operand.hpp"

#include <algorithm>

#include "symbols/library_type.hpp"

namespace sidestep::symbols {
namespace {

using C = core::Op::Code;
using Kind = ValueType::Kind;

constexpr std::uint64_t word = 8, int_size = 4;

Number integer(Code code, bool is_signed, std::uint64_t size) {
  if (is_signed && size < word) code.push_back(make_op(C::SignExtend, 0, size));
  Number number;
  number.code = std::move(code);
  number.kind = is_signed || size < int_size ? Number::Kind::Signed : Number::Kind::Unsigned;
  number.size = std::max(size, int_size);
  return number;
}

Number address(Code code, TypePtr pointed) {
  Number number;
  number.code = std::move(code);
  number.kind = Number::Kind::Unsigned;
  number.size = word;
  number.pointed = std::move(pointed);
  return number;
}

std::string called(const Operand& operand) {
  return operand.text.empty() ? "this" : "'" + operand.text + "'";
}

Result<Number> floating(const Operand& operand) {
  const std::uint64_t size = operand.type->size;
  if (size > word) return wrong(called(operand) + " is a long double: it can only be shown");
  auto code = push(operand.place, size);
  if (!code) return missing(operand.place.missing);
  if (size < word) code->push_back(make_op(C::SingleToDouble));
  return Number{std::move(*code), Number::Kind::Double, word, nullptr};
}

bool is_signed_type(const ValueType& type) {
  switch (type.kind) {
    case Kind::Signed:
      return true;
    case Kind::Character:
      return type.name == "char" ? type.size == 1 : type.name == "wchar_t";
    case Kind::Enum:
      return type.target && type.target->kind == Kind::Signed;
    default:
      return false;
  }
}

Result<Number> in_place(const Operand& operand) {
  const auto code = address_of(operand.place);
  if (!code)
    return missing(operand.place.missing.empty() ? called(operand) + " has no address"
                                                 : operand.place.missing);
  const bool is_array = operand.type->kind == Kind::Array;
  return address(*code, is_array ? operand.type->target : operand.type);
}

}  // namespace

Result<Number> number_of(const Operand& operand) {
  const ValueType& type = *operand.type;
  switch (type.kind) {
    case Kind::Literal:
    case Kind::Comm:
      return wrong("text can only be compared, with == or !=");
    case Kind::Struct:
    case Kind::Complex:
      return wrong(called(operand) + " is a struct: name a member of it");
    case Kind::Unknown:
      return wrong("the type of " + called(operand) + " is not known: add a cast such as :u32");
    case Kind::Float:
      return floating(operand);
    case Kind::Array:
    case Kind::Function:
      if (!operand.place.is_nowhere()) return in_place(operand);
      return missing(operand.place.missing);
    default:
      break;
  }
  if (type.size > word)
    return wrong(called(operand) + " has " + std::to_string(type.size) +
                 " bytes: add a cast such as :u64 or :f64");
  auto code = push(operand.place, type.size);
  if (!code) return missing(operand.place.missing);
  if (type.kind == Kind::Pointer || type.kind == Kind::Text)
    return address(std::move(*code), type.target);
  return integer(std::move(*code), is_signed_type(type), type.size);
}

Operand operand_of(Number number) {
  Operand operand;
  if (number.pointed)
    operand.type = pointer_to(number.pointed);
  else if (number.is_double())
    operand.type = plain_type(Kind::Float, word);
  else
    operand.type = plain_type(number.kind == Number::Kind::Signed ? Kind::Signed : Kind::Unsigned,
                              number.size);
  operand.place = Place::computed(std::move(number.code));
  return operand;
}

Number truth(Number value) {
  if (value.is_double()) {
    value.code.push_back(constant(0));  // the bits of 0.0
    value.code.push_back(make_op(C::FloatEqual));
    value.code.push_back(make_op(C::Not));
  } else {
    value.code.push_back(make_op(C::Not));
    value.code.push_back(make_op(C::Not));
  }
  return Number{std::move(value.code), Number::Kind::Signed, int_size, nullptr};
}

Number logical(Number left, Number right, bool is_or) {
  Code code = truth(std::move(left)).code;
  if (is_or) code.push_back(make_op(C::Not));
  const Code other = truth(std::move(right)).code;
  // [left]  JumpIfZero short   [right]  Jump end   short: constant   end:
  const std::size_t after_left = code.size() + 1;
  code.push_back(make_op(C::JumpIfZero, after_left + other.size() + 1));
  append(code, other);
  code.push_back(make_op(C::Jump, code.size() + 2));
  code.push_back(constant(is_or ? 1 : 0));
  return Number{std::move(code), Number::Kind::Signed, int_size, nullptr};
}

Number converted(Number value, const ValueType& type) {
  if (type.kind == Kind::Bool) return truth(std::move(value));
  const bool to_float = type.kind == Kind::Float;
  if (to_float && !value.is_double()) {
    const bool is_signed = value.kind == Number::Kind::Signed;
    value.code.push_back(make_op(is_signed ? C::SignedToDouble : C::UnsignedToDouble));
  } else if (!to_float && value.is_double()) {
    value.code.push_back(make_op(C::DoubleToSigned));
  }
  value.pointed = nullptr;
  if (to_float) {
    value.kind = Number::Kind::Double;
    value.size = word;
    return value;
  }
  const bool is_signed = is_signed_type(type);
  if (type.size < word)
    value.code.push_back(make_op(is_signed ? C::SignExtend : C::ZeroExtend, 0, type.size));
  value.kind = is_signed ? Number::Kind::Signed : Number::Kind::Unsigned;
  value.size = std::max(type.size, int_size);
  return value;
}

std::optional<TextPlace> text_place(const Operand& operand) {
  const ValueType& type = *operand.type;
  const auto is_character = [](const TypePtr& of) { return of && of->kind == Kind::Character; };
  if (type.kind == Kind::Text || (type.kind == Kind::Pointer && is_character(type.target))) {
    auto code = push(operand.place, word);
    if (!code) return std::nullopt;
    return TextPlace{std::move(*code), std::nullopt};
  }
  if (type.kind == Kind::Array && is_character(type.target)) {
    auto code = address_of(operand.place);
    if (!code) return std::nullopt;
    return TextPlace{std::move(*code), std::nullopt};
  }
  const auto extent = extent_of(type);
  if (!extent || !extent->is_text) return std::nullopt;
  auto begin = push_begin(*extent, operand.place);
  auto count = push_count(*extent, operand.place);
  if (!begin || !count) return std::nullopt;
  return TextPlace{std::move(*begin), std::move(*count)};
}

}  // namespace sidestep::symbols
