// C's operators on numbers (symbols/operand.hpp), with the usual arithmetic conversions.
#include <algorithm>
#include <array>
#include <string_view>

#include "symbols/operand.hpp"

namespace sidestep::symbols {
namespace {

using C = core::Op::Code;

constexpr std::uint64_t word = 8, int_size = 4;

struct Operator {
  std::string_view text;
  C of_signed, of_unsigned;
  bool compares = false;
  bool swapped = false;
};

constexpr std::array operators = {
    Operator{"+", C::Add, C::Add},
    Operator{"-", C::Subtract, C::Subtract},
    Operator{"*", C::Multiply, C::Multiply},
    Operator{"/", C::DivideSigned, C::DivideUnsigned},
    Operator{"%", C::RemainderSigned, C::RemainderUnsigned},
    Operator{"&", C::And, C::And},
    Operator{"|", C::Or, C::Or},
    Operator{"^", C::Xor, C::Xor},
    Operator{"<<", C::ShiftLeft, C::ShiftLeft},
    Operator{">>", C::ShiftRightSigned, C::ShiftRight},
    Operator{"==", C::Equal, C::Equal, true},
    Operator{"!=", C::NotEqual, C::NotEqual, true},
    Operator{"<", C::LessSigned, C::LessUnsigned, true},
    Operator{"<=", C::LessEqualSigned, C::LessEqualUnsigned, true},
    Operator{">", C::LessSigned, C::LessUnsigned, true, true},
    Operator{">=", C::LessEqualSigned, C::LessEqualUnsigned, true, true},
};

const Operator* find_operator(std::string_view text) {
  const auto found = std::find_if(operators.begin(), operators.end(),
                                  [&](const Operator& o) { return o.text == text; });
  return found == operators.end() ? nullptr : &*found;
}

void to_double(Number& value) {
  if (value.is_double()) return;
  const bool is_signed = value.kind == Number::Kind::Signed;
  value.code.push_back(make_op(is_signed ? C::SignedToDouble : C::UnsignedToDouble));
  value.kind = Number::Kind::Double;
}

/// Back to 32 bits, where the operation was one on ints.
void narrow(Number& value) {
  if (value.is_double() || value.size >= word) return;
  const bool is_signed = value.kind == Number::Kind::Signed;
  value.code.push_back(make_op(is_signed ? C::SignExtend : C::ZeroExtend, 0, value.size));
}

Number comparison(Code code) {
  return {std::move(code), Number::Kind::Signed, int_size, nullptr};
}

Result<Number> of_doubles(const Operator& op, Number left, Number right) {
  to_double(left);
  to_double(right);
  Code code = joined(std::move(left.code), right.code);
  if (op.swapped) code.push_back(make_op(C::Swap));
  switch (op.of_signed) {
    case C::Add:
      code.push_back(make_op(C::FloatAdd));
      break;
    case C::Subtract:
      code.push_back(make_op(C::FloatSubtract));
      break;
    case C::Multiply:
      code.push_back(make_op(C::FloatMultiply));
      break;
    case C::DivideSigned:
      code.push_back(make_op(C::FloatDivide));
      break;
    case C::NotEqual:
      code.push_back(make_op(C::FloatEqual));
      code.push_back(make_op(C::Not));
      break;
    case C::Equal:
      code.push_back(make_op(C::FloatEqual));
      break;
    case C::LessSigned:
      code.push_back(make_op(C::FloatLess));
      break;
    case C::LessEqualSigned:
      code.push_back(make_op(C::FloatLessEqual));
      break;
    default:
      return wrong("'" + std::string(op.text) + "' needs whole numbers");
  }
  if (op.compares) return comparison(std::move(code));
  return Number{std::move(code), Number::Kind::Double, word, nullptr};
}

std::uint64_t step_of(const TypePtr& pointed) {
  return std::max<std::uint64_t>(pointed->size, 1);
}

void multiply(Number& value, std::uint64_t by) {
  if (by == 1) return;
  value.code.push_back(constant(by));
  value.code.push_back(make_op(C::Multiply));
}

Result<Number> of_pointers(const Operator& op, Number left, Number right) {
  if (left.is_double() || right.is_double()) return wrong("a pointer and a fraction don't mix");
  const bool both = left.pointed && right.pointed;
  const TypePtr pointed = left.pointed ? left.pointed : right.pointed;
  if (op.text == "-" && both) {
    Code code = joined(std::move(left.code), right.code);
    code.push_back(make_op(C::Subtract));
    code.push_back(constant(step_of(pointed)));
    code.push_back(make_op(C::DivideSigned));
    return Number{std::move(code), Number::Kind::Signed, word, nullptr};
  }
  const bool adds = (op.text == "+" && !both) || (op.text == "-" && left.pointed);
  if (!adds) return wrong("'" + std::string(op.text) + "' means nothing for pointers");
  multiply(left.pointed ? right : left, step_of(pointed));
  Code code = joined(std::move(left.code), right.code);
  code.push_back(make_op(op.of_signed));
  return Number{std::move(code), Number::Kind::Unsigned, word, pointed};
}

Number of_integers(const Operator& op, Number left, Number right) {
  const bool shifts = op.text == "<<" || op.text == ">>";
  Number result;
  result.size = shifts ? left.size : std::max(left.size, right.size);
  const auto forces_unsigned = [&](const Number& n) {
    return n.kind == Number::Kind::Unsigned && n.size == result.size;
  };
  const bool is_unsigned = shifts ? left.kind == Number::Kind::Unsigned
                                  : forces_unsigned(left) || forces_unsigned(right);
  result.kind = is_unsigned ? Number::Kind::Unsigned : Number::Kind::Signed;
  for (Number* n : {&left, &right}) {
    const bool becomes_unsigned = is_unsigned && n->kind == Number::Kind::Signed;
    if (becomes_unsigned && result.size < word && !(shifts && n == &right))
      n->code.push_back(make_op(C::ZeroExtend, 0, result.size));
  }
  result.code = joined(std::move(left.code), right.code);
  if (op.swapped) result.code.push_back(make_op(C::Swap));
  result.code.push_back(make_op(is_unsigned ? op.of_unsigned : op.of_signed));
  if (op.compares) return comparison(std::move(result.code));
  narrow(result);
  return result;
}

}  // namespace

Result<Number> unary(const std::string& op, Number value) {
  if (op == "!") {
    Number result = truth(std::move(value));
    result.code.push_back(make_op(C::Not));
    return result;
  }
  if (value.pointed) return wrong("'" + op + "' means nothing for pointers");
  if (op == "+") return value;
  if (op == "-") {
    value.code.push_back(make_op(value.is_double() ? C::FloatNegate : C::Negate));
  } else if (op == "~") {
    if (value.is_double()) return wrong("'~' needs a whole number");
    value.code.push_back(make_op(C::Complement));
  } else {
    return wrong("there is no operator '" + op + "'");
  }
  narrow(value);
  return value;
}

Result<Number> binary(const std::string& text, Number left, Number right) {
  const Operator* op = find_operator(text);
  if (!op) return wrong("there is no operator '" + text + "'");
  if ((left.pointed || right.pointed) && !op->compares)
    return of_pointers(*op, std::move(left), std::move(right));
  if (left.is_double() || right.is_double())
    return of_doubles(*op, std::move(left), std::move(right));
  return of_integers(*op, std::move(left), std::move(right));
}

}  // namespace sidestep::symbols
