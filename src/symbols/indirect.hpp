// IFUNC symbols: their code only chooses which function runs. Pure.
#pragma once

#include <string>

#include "symbols/function_table.hpp"

namespace sidestep::symbols {

/// Why a probe can't be placed on this IFUNC, with the names of the likely implementations.
std::string why_indirect(const FunctionTable& functions, const Function& indirect);

}  // namespace sidestep::symbols
