// Reads the arguments and the condition of a probe into trees (core/expression.hpp): a subset of
// C's expressions with C's precedences, `value:type` for a cast (binding as a cast does), times
// such as 10ms (in ns), $specials and %registers. Pure: no names are looked up, nothing is owned.
#pragma once

#include <string_view>

#include "core/expression.hpp"
#include "sidestep/result.hpp"

namespace sidestep::symbols {

/// Usage: the text is no expression; the message says where and what to write.
Result<core::Expression> parse_condition(std::string_view text);

/// The same for one value to be shown. `$params` is one too, but alone only.
Result<core::Wanted> parse_wanted(std::string_view text);

/// Whether `$NAME` is in the tree.
bool mentions(const core::Expression& tree, std::string_view special);

}  // namespace sidestep::symbols
