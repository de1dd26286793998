// Finds variables and types by name among the top levels of debug information, in one unit or in
// all. Nothing fails; broken DWARF gives fewer results.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <optional>
#include <string>

namespace sidestep::symbols {

enum class Entries : std::uint8_t { Variables, Types };

/// A definition, else (a variable) a declaration. `name` may leave out outer scopes.
std::optional<Dwarf_Die> find_in_unit(Dwarf_Die unit, Entries what, const std::string& name);

/// A definition, whichever comes first. Reads every unit, if the strings of the debug information
/// hold the name at all.
std::optional<Dwarf_Die> find_anywhere(Dwarf* dwarf, Entries what, const std::string& name);

}  // namespace sidestep::symbols
