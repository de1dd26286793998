// Instances of functions in debug information: which one is around an address, where an inlined one
// begins, how it is called. Free functions over DIEs; nothing fails, broken DWARF gives nothing.
#pragma once

#include <elfutils/libdw.h>

#include <optional>
#include <string>

#include "symbols/elf_file.hpp"

namespace sidestep::symbols {

/// The innermost function of the unit around an address (of the debug information).
struct FunctionInstance {
  Dwarf_Off id = 0;  ///< tells instances apart within a file; 0: none is known
  bool inlined = false;
  std::string name;      ///< of an inlined one, demangled
  LinkRange code{0, 0};  ///< of an inlined one: its range that holds the address, not biased
};
/// Its DIE: a subprogram or an inlined subroutine.
std::optional<Dwarf_Die> innermost_function(Dwarf_Die* unit, Dwarf_Addr address);
FunctionInstance instance_around(Dwarf_Die* unit, Dwarf_Addr address);

/// An inlined instance's entry, and the end of the range that it is in; not biased.
std::optional<LinkRange> inlined_code(Dwarf_Die* instance);

/// "ns::f(int)", "f"; "" unknown.
std::string function_name(Dwarf_Die* function);

}  // namespace sidestep::symbols
