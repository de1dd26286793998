// Which registers a Go function's parameters and results are in, by Go's ABIInternal for amd64 (Go
// 1.17 and later). Parameters at the function's first instruction, results where it returns. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "symbols/place.hpp"
#include "symbols/value_type.hpp"

namespace sidestep::symbols {

/// The DWARF number of the n-th integer register; numbers beyond the last one give the last.
unsigned go_argument_register(unsigned n);

/// Of all parameters, in their order. Stack-passed ones have places, too.
std::vector<Place> go_parameters(std::span<const TypePtr> types);
/// Of all results. Those on the stack have none.
std::vector<Place> go_results(std::span<const TypePtr> types);

}  // namespace sidestep::symbols
