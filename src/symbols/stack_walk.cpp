#include "symbols/stack_walk.hpp"

namespace sidestep::symbols {
namespace {

constexpr unsigned kFrame = FrameRegisters::frame_pointer;
constexpr unsigned kStack = FrameRegisters::stack_pointer;
constexpr unsigned kReturn = FrameRegisters::return_address;
constexpr std::uint64_t kWord = 8;

}  // namespace

StackWalk::StackWalk(CodeSpace& space, CallFrameFiles& files, StackMemory& memory,
                     const std::function<std::uint64_t(unsigned)>& value)
    : space_(space), files_(files), memory_(memory) {
  for (unsigned i = 0; i < FrameRegisters::count; ++i) registers_.set(i, value(i));
}

bool StackWalk::step() {
  const std::uint64_t pc = registers_.values[kReturn];
  // A call may be its function's last instruction: what it returns to belongs to the next one.
  const std::uint64_t inside = interrupted_ ? pc : pc - 1;
  const FrameRules* rules = space_.rules_at(inside, files_, memory_);
  return rules != nullptr ? by_rules(*rules) : by_frame_pointer();
}

bool StackWalk::by_rules(const FrameRules& rules) {
  std::optional<std::uint64_t> cfa;
  if (!rules.cfa_expression.empty()) {
    cfa = evaluate(rules.cfa_expression, registers_, {}, memory_);
  } else if (const auto base = registers_.get(rules.cfa_register)) {
    cfa = *base + rules.cfa_offset;
  }
  if (!cfa) return false;
  const std::uint64_t stack = registers_.values[kStack];
  if (!rules.signal && *cfa <= stack) return false;

  FrameRegisters caller;
  for (unsigned i = 0; i < FrameRegisters::count; ++i) {
    if (const auto value = apply(rules.registers[i], i, *cfa)) caller.set(i, *value);
  }
  // An undefined return address is how the outermost function says that it is one.
  if (!caller.known[kReturn]) return false;
  if (caller.values[kReturn] == 0 && !rules.signal) return false;
  if (!caller.known[kStack]) caller.set(kStack, *cfa);
  registers_ = caller;
  interrupted_ = rules.signal;
  return true;
}

std::optional<std::uint64_t> StackWalk::apply(const RegisterRule& rule, unsigned number,
                                              std::uint64_t cfa) {
  switch (rule.kind) {
    case RegisterRule::Kind::Undefined:
      return std::nullopt;
    case RegisterRule::Kind::Same:
      return registers_.get(number);
    case RegisterRule::Kind::AtCfa:
      return memory_.word(cfa + rule.number);
    case RegisterRule::Kind::CfaPlus:
      return cfa + rule.number;
    case RegisterRule::Kind::Register:
      return registers_.get(rule.number);
    case RegisterRule::Kind::AtExpression: {
      const auto place = evaluate(rule.expression, registers_, cfa, memory_);
      return place ? memory_.word(*place) : std::nullopt;
    }
    case RegisterRule::Kind::IsExpression:
      return evaluate(rule.expression, registers_, cfa, memory_);
  }
  return std::nullopt;
}

bool StackWalk::by_frame_pointer() {
  constexpr std::uint64_t largest_frame = 16 << 20;
  if (interrupted_ && !space_.is_code(registers_.values[kReturn])) return after_wild_call();
  if (interrupted_ && at_frame_setup()) return true;
  const auto frame = registers_.get(kFrame);
  const std::uint64_t stack = registers_.values[kStack];
  if (!frame || *frame % kWord != 0 || *frame < stack || *frame - stack > largest_frame) {
    return false;
  }
  const auto outer = memory_.word(*frame);
  return outer && leave(*frame + kWord, *outer);
}

/// A call that led to no code, as through a null pointer: nothing has run since.
bool StackWalk::after_wild_call() {
  return leave(registers_.values[kStack], registers_.get(kFrame).value_or(0));
}

/// A function's beginning and end, where its frame is not there: endbr64, push %rbp; mov %rsp,%rbp;
/// ret.
bool StackWalk::at_frame_setup() {
  constexpr std::uint64_t endbr64 = 0xfa1e0ff3, move = 0xe58948;
  constexpr std::uint8_t push = 0x55, ret = 0xc3;
  const auto code = memory_.word(registers_.values[kReturn]);
  const auto frame = registers_.get(kFrame);
  if (!code || !frame) return false;
  const std::uint64_t stack = registers_.values[kStack];
  const std::uint64_t word = (*code & 0xffffffff) == endbr64 ? *code >> 32 : *code;
  if ((word & 0xff) == push || (word & 0xff) == ret) return leave(stack, *frame);
  if ((word & 0xffffff) != move) return false;
  const auto outer = memory_.word(stack);
  return outer && leave(stack + kWord, *outer);
}

/// Believed only if it leads to code.
bool StackWalk::leave(std::uint64_t return_slot, std::uint64_t frame_pointer) {
  const auto pc = memory_.word(return_slot);
  if (!pc || *pc == 0 || !space_.is_code(*pc - 1)) return false;
  FrameRegisters caller;
  caller.set(kReturn, *pc);
  caller.set(kFrame, frame_pointer);
  caller.set(kStack, return_slot + kWord);
  registers_ = caller;
  interrupted_ = false;
  return true;
}

}  // namespace sidestep::symbols
