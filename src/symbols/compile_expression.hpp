// The user's expressions (core/expression.hpp) as operands: names looked up, types applied, code
// made. For one place of a function, or for where it has returned to. Errors are for the user: what
// is wrong and what there is instead; their kind is NotFound if a value merely isn't there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/expression.hpp"
#include "core/program.hpp"
#include "sidestep/result.hpp"
#include "symbols/function_scope.hpp"
#include "symbols/operand.hpp"

namespace sidestep::symbols {

enum class Moment : std::uint8_t { Arrival, Return };

class ExpressionCompiler {
 public:
  /// `function` is what the place is called in messages. `texts` takes what programs compare with.
  ExpressionCompiler(const FunctionScope& scope, Moment moment, std::string function, bool is_go)
      : scope_(scope), moment_(moment), function_(std::move(function)), is_go_(is_go) {}

  Result<Operand> operand(const core::Expression& expression, core::Program& program);
  /// A whole program, which leaves 0 or 1.
  Result<core::Program> condition(const core::Expression& expression);

 private:
  using Expression = core::Expression;

  Result<Operand> compile(const Expression& e);
  Result<Operand> name(const Expression& e);
  Result<Operand> no_such_name(const std::string& name);
  Result<Operand> machine_register(const Expression& e) const;
  Result<Operand> argument(const Expression& e) const;
  Result<Operand> special(const Expression& e) const;
  Result<Operand> retval() const;
  Result<Operand> unary_of(const Expression& e);
  Result<Operand> dereference(Operand pointer);
  Result<Operand> binary_of(const Expression& e);
  Result<Operand> logical_of(const Expression& e);
  Result<Operand> text_comparison(const Expression& e, const Operand& left, const Operand& right);
  Result<Operand> member(const Expression& e);
  Result<Operand> member_of(Operand whole, const std::string& name);
  Result<Operand> index(const Expression& e);
  Result<Operand> cast(const Expression& e);
  Result<Operand> cast_to(Operand from, const TypePtr& type);
  Result<Operand> enumerator(const Expression& e, const Operand& beside) const;
  std::uint16_t add_text(const std::string& text);

  const FunctionScope& scope_;
  Moment moment_;
  std::string function_;
  bool is_go_;
  core::Program* program_ = nullptr;
};

/// As in "f()"; a name that shows its parameters stays as it is.
std::string shown_function(const std::string& name);

/// Whether it can only be known when the function returns.
bool needs_return(const core::Expression& expression);

/// `names`, those nearest to `wanted` first, as "a, b, c".
std::string nearest_first(const std::string& wanted, std::vector<std::string> names);

}  // namespace sidestep::symbols
