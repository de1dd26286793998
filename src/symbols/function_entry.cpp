#include "symbols/function_entry.hpp"

#include <dwarf.h>

namespace sidestep::symbols {
namespace {

constexpr int deepest_scope = 32;

bool may_hold_functions(int tag) {
  return tag == DW_TAG_namespace || tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
         tag == DW_TAG_union_type || tag == DW_TAG_module;
}

/// A function inside another one (GNU C, Ada) is around the address, too.
Dwarf_Die innermost(Dwarf_Die function, Dwarf_Addr address, int depth) {
  Dwarf_Die child;
  if (depth > deepest_scope || dwarf_child(&function, &child) != 0) return function;
  do {
    if (dwarf_tag(&child) == DW_TAG_subprogram && dwarf_haspc(&child, address) == 1)
      return innermost(child, address, depth + 1);
  } while (dwarf_siblingof(&child, &child) == 0);
  return function;
}

std::optional<Dwarf_Die> search(Dwarf_Die* parent, Dwarf_Addr address, int depth) {
  Dwarf_Die die;
  if (depth > deepest_scope || dwarf_child(parent, &die) != 0) return std::nullopt;
  do {
    const int tag = dwarf_tag(&die);
    if (tag == DW_TAG_subprogram) {
      if (dwarf_haspc(&die, address) == 1) return innermost(die, address, depth + 1);
    } else if (may_hold_functions(tag) && dwarf_haschildren(&die)) {
      if (auto inside = search(&die, address, depth + 1)) return inside;
    }
  } while (dwarf_siblingof(&die, &die) == 0);
  return std::nullopt;
}

}  // namespace

std::optional<FunctionEntry> function_entry_at(UnitIndex& units, Dwarf_Addr address) {
  for (const Dwarf_Die& unit : units.at(address)) {
    Dwarf_Die whole = whole_unit(unit);
    if (const auto function = search(&whole, address, 0)) return FunctionEntry{whole, *function};
  }
  return std::nullopt;
}

}  // namespace sidestep::symbols
