// The debug information entry of the function around an address. Looks only at the units that hold
// the address. Nothing fails.
#pragma once

#include <elfutils/libdw.h>

#include <optional>

#include "symbols/unit_index.hpp"

namespace sidestep::symbols {

struct FunctionEntry {
  Dwarf_Die unit{}, function{};
};

std::optional<FunctionEntry> function_entry_at(UnitIndex& units, Dwarf_Addr address);

}  // namespace sidestep::symbols
