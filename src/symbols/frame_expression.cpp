#include "symbols/frame_expression.hpp"

#include <dwarf.h>

#include <cstddef>
#include <utility>

namespace sidestep::symbols {
namespace {

class Evaluation {
 public:
  Evaluation(const FrameRegisters& registers, std::optional<std::uint64_t> cfa, StackMemory& memory)
      : registers_(registers), cfa_(cfa), memory_(memory) {}

  bool run(const Dwarf_Op& op) {
    if (op.atom >= DW_OP_lit0 && op.atom <= DW_OP_lit31) return push(op.atom - DW_OP_lit0);
    if (op.atom >= DW_OP_breg0 && op.atom <= DW_OP_breg31) {
      return push_register(op.atom - DW_OP_breg0, op.number);
    }
    if (const auto done = place(op)) return *done;
    return unary(op) || binary(op.atom);
  }

  std::optional<std::uint64_t> top() const {
    if (depth_ == 0) return std::nullopt;
    return stack_[depth_ - 1];
  }

 private:
  bool push(std::optional<std::uint64_t> value) {
    if (!value || depth_ == stack_.size()) return false;
    stack_[depth_++] = *value;
    return true;
  }
  bool push_register(std::uint64_t number, std::uint64_t offset) {
    const auto value = registers_.get(number);
    return value && push(*value + offset);
  }

  /// What pushes, and what moves about on the stack. Empty: it is another kind of operator.
  std::optional<bool> place(const Dwarf_Op& op) {
    switch (op.atom) {
      case DW_OP_const1u:
      case DW_OP_const1s:
      case DW_OP_const2u:
      case DW_OP_const2s:
      case DW_OP_const4u:
      case DW_OP_const4s:
      case DW_OP_const8u:
      case DW_OP_const8s:
      case DW_OP_constu:
      case DW_OP_consts:
        return push(op.number);
      case DW_OP_bregx:
        return push_register(op.number, op.number2);
      case DW_OP_call_frame_cfa:
        return push(cfa_);
      case DW_OP_dup:
        return push(top());
      case DW_OP_over:
        return depth_ >= 2 && push(stack_[depth_ - 2]);
      case DW_OP_pick:
        return op.number < depth_ && push(stack_[depth_ - 1 - op.number]);
      case DW_OP_drop:
        return depth_ > 0 && depth_-- > 0;
      case DW_OP_swap:
        if (depth_ < 2) return false;
        std::swap(stack_[depth_ - 1], stack_[depth_ - 2]);
        return true;
      case DW_OP_nop:
      case DW_OP_stack_value:
        return true;
      default:
        return std::nullopt;
    }
  }

  bool unary(const Dwarf_Op& op) {
    if (depth_ == 0) return false;
    std::uint64_t& value = stack_[depth_ - 1];
    switch (op.atom) {
      case DW_OP_deref: {
        const auto word = memory_.word(value);
        if (word) value = *word;
        return word.has_value();
      }
      case DW_OP_plus_uconst:
        value += op.number;
        return true;
      case DW_OP_neg:
        value = -value;
        return true;
      case DW_OP_not:
        value = ~value;
        return true;
      default:
        return false;
    }
  }

  bool binary(std::uint8_t atom) {
    if (depth_ < 2) return false;
    const std::uint64_t right = stack_[depth_ - 1], left = stack_[depth_ - 2];
    const auto result = combine(atom, left, right);
    if (!result) return false;
    stack_[--depth_ - 1] = *result;
    return true;
  }

  static std::optional<std::uint64_t> combine(std::uint8_t atom, std::uint64_t left,
                                              std::uint64_t right) {
    const auto a = static_cast<std::int64_t>(left), b = static_cast<std::int64_t>(right);
    switch (atom) {
      case DW_OP_plus:
        return left + right;
      case DW_OP_minus:
        return left - right;
      case DW_OP_mul:
        return left * right;
      case DW_OP_and:
        return left & right;
      case DW_OP_or:
        return left | right;
      case DW_OP_xor:
        return left ^ right;
      case DW_OP_shl:
        return right < 64 ? left << right : 0;
      case DW_OP_shr:
        return right < 64 ? left >> right : 0;
      case DW_OP_eq:
        return a == b;
      case DW_OP_ne:
        return a != b;
      case DW_OP_lt:
        return a < b;
      case DW_OP_le:
        return a <= b;
      case DW_OP_gt:
        return a > b;
      case DW_OP_ge:
        return a >= b;
      default:
        return std::nullopt;
    }
  }

  const FrameRegisters& registers_;
  std::optional<std::uint64_t> cfa_;
  StackMemory& memory_;
  std::array<std::uint64_t, 32> stack_{};
  std::size_t depth_ = 0;
};

}  // namespace

std::optional<std::uint64_t> evaluate(std::span<const Dwarf_Op> expression,
                                      const FrameRegisters& registers,
                                      std::optional<std::uint64_t> cfa, StackMemory& memory) {
  Evaluation evaluation(registers, cfa, memory);
  for (const Dwarf_Op& op : expression) {
    if (!evaluation.run(op)) return std::nullopt;
  }
  return evaluation.top();
}

}  // namespace sidestep::symbols
