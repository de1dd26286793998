// Which registers a Rust function's parameters and results are in. Rust's own convention is nowhere
// promised; this is what rustc has done since 1.77: scalars and pairs of scalars each in registers
// of their own, other small aggregates as integers, everything else by reference. Pure.
#pragma once

#include <span>
#include <vector>

#include "symbols/place.hpp"
#include "symbols/value_type.hpp"

namespace sidestep::symbols {

/// `result` may be null: nothing is returned.
std::vector<Place> rust_parameters(std::span<const TypePtr> types, const ValueType* result);
Place rust_result(const ValueType& type);

}  // namespace sidestep::symbols
