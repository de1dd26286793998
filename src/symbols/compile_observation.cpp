#include "symbols/compile_observation.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "symbols/compile_expression.hpp"
#include "symbols/probe_parts.hpp"
#include "symbols/value_shape.hpp"

namespace sidestep::symbols {
namespace {

using core::Capture;
using core::Expression;
using core::Observation;
using core::Shape;
using core::Wanted;
using EKind = Expression::Kind;

/// A pattern for many functions: what one of them lacks is no mistake.
bool is_for_many(const core::ProbeSpec& probe) {
  const auto* function = std::get_if<core::ProbeSpec::Function>(&probe.what);
  return function && (function->glob || function->regex);
}

bool is_special(const Wanted& wanted, const char* name) {
  return wanted.value.kind == EKind::Special && wanted.value.text == name;
}

/// The operands of `a && b && ...`, in their order.
void split_conjuncts(const Expression& condition, std::vector<Expression>& parts) {
  const bool both = condition.kind == EKind::Binary && condition.text == "&&";
  if (!both) return parts.push_back(condition);
  for (const Expression& operand : condition.operands) split_conjuncts(operand, parts);
}

Expression joined(std::vector<Expression> parts) {
  Expression all = std::move(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    Expression both;
    both.kind = EKind::Binary;
    both.text = "&&";
    both.operands = {std::move(all), std::move(parts[i])};
    all = std::move(both);
  }
  return all;
}

class ObservationCompiler {
 public:
  ObservationCompiler(const FunctionScope& scope, std::string function, bool is_go,
                      const core::ProbeSpec& probe, const core::CaptureLimits& limits)
      : scope_(scope),
        probe_(probe),
        limits_(limits),
        at_arrival_(scope, Moment::Arrival, function, is_go),
        at_return_(scope, Moment::Return, function, is_go),
        function_(std::move(function)) {}

  Result<Observation> compile();

 private:
  Result<void> add(const Wanted& wanted);
  Result<void> add_parameters(Capture& capture);
  void add_results();
  Result<void> add_condition();
  Error complaint(const Error& error) const {
    const std::string& why = error.message;
    return {ErrorKind::Usage,
            "-x '" + printable(probe_.text) + "': " + (why.empty() ? "optimised out" : why)};
  }

  const FunctionScope& scope_;
  const core::ProbeSpec& probe_;
  const core::CaptureLimits& limits_;
  ExpressionCompiler at_arrival_, at_return_;
  std::string function_;
  Observation out_;
};

Result<Observation> ObservationCompiler::compile() {
  out_.at_return = probe_.at_return;
  if (probe_.at_return) add_results();
  for (const Wanted& wanted : probe_.wanted)
    if (auto added = add(wanted); !added) return added.error();
  if (auto added = add_condition(); !added) return added.error();
  return std::move(out_);
}

void ObservationCompiler::add_results() {
  Capture& capture = out_.at_exit;
  ShapeMaker shapes(capture.program, limits_);
  if (!scope_.known()) {
    const auto rax_bits = plain_type(ValueType::Kind::Hex, 8);
    capture.values.emplace_back("retval", shapes.of(*rax_bits, Place::in_register(rax, 8)));
    return;
  }
  const std::vector<Named> results = scope_.results();
  if (results.empty()) return;
  if (results.size() == 1) {
    capture.values.emplace_back("retval", shapes.of(*results[0].type, results[0].place));
    return;
  }
  Shape all;
  all.kind = Shape::Kind::Aggregate;
  for (const Named& result : results)
    all.members.emplace_back(result.name, shapes.of(*result.type, result.place));
  capture.values.emplace_back("retval", std::move(all));
}

Result<void> ObservationCompiler::add_parameters(Capture& capture) {
  if (!scope_.known()) {
    if (is_for_many(probe_)) {
      capture.values.emplace_back("params", unavailable("no debug information"));
      return {};
    }
    return complaint(wrong("no debug information for " + function_ +
                           ": $params can't be told; use $arg1 to $arg6, a register such as %rdi, "
                           "or a cast: $arg1:string"));
  }
  ShapeMaker shapes(capture.program, limits_);
  for (const Named& parameter : scope_.parameters())
    capture.values.emplace_back(parameter.name, shapes.of(*parameter.type, parameter.place));
  return {};
}

Result<void> ObservationCompiler::add(const Wanted& wanted) {
  if (is_special(wanted, "params")) return add_parameters(out_.at_entry);
  const bool late = needs_return(wanted.value);
  if (late && probe_.at_return && is_special(wanted, "retval")) return {};  // it is there anyway
  Capture& capture = late && probe_.at_return ? out_.at_exit : out_.at_entry;
  ExpressionCompiler& compiler = late && probe_.at_return ? at_return_ : at_arrival_;
  const auto operand = compiler.operand(wanted.value, capture.program);
  if (operand) {
    if (operand->type->kind == ValueType::Kind::Literal)
      return complaint(wrong("text in quotes is nothing to be shown"));
    ShapeMaker shapes(capture.program, limits_);
    capture.values.emplace_back(wanted.label, shapes.of(*operand->type, operand->place));
    return {};
  }
  if (!is_missing(operand.error()) && !is_for_many(probe_)) return complaint(operand.error());
  const std::string& why = operand.error().message;
  capture.values.emplace_back(wanted.label, unavailable(why.empty() ? "optimised out" : why));
  return {};
}

/// What is joined by && may be decided at two moments: parameters are gone at the return.
Result<void> ObservationCompiler::add_condition() {
  if (!probe_.condition) return {};
  std::vector<Expression> all, early, late;
  split_conjuncts(*probe_.condition, all);
  for (Expression& one : all)
    (needs_return(one) && probe_.at_return ? late : early).push_back(std::move(one));
  const auto compile = [&](std::vector<Expression> parts, ExpressionCompiler& compiler,
                           core::Program& to) -> Result<void> {
    if (parts.empty()) return {};
    auto program = compiler.condition(joined(std::move(parts)));
    if (!program) return complaint(program.error());
    to = std::move(*program);
    return {};
  };
  if (auto done = compile(std::move(early), at_arrival_, out_.condition); !done) return done;
  return compile(std::move(late), at_return_, out_.exit_condition);
}

}  // namespace

Result<Observation> compile_observation(ModuleFile& module, const ScopeRequest& request,
                                        const std::string& function, bool is_go,
                                        const core::ProbeSpec& probe,
                                        const core::CaptureLimits& limits) {
  const FunctionScope scope(module, request);
  return ObservationCompiler(scope, shown_function(function), is_go, probe, limits).compile();
}

}  // namespace sidestep::symbols
