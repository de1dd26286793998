#include "symbols/function_instance.hpp"

#include <dwarf.h>

#include "symbols/cxx_name.hpp"

namespace sidestep::symbols {
namespace {

/// The DIE's range that holds the address.
std::optional<LinkRange> range_around(Dwarf_Die* die, Dwarf_Addr address) {
  Dwarf_Addr base = 0, begin = 0, end = 0;
  for (std::ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &begin, &end)) > 0;)
    if (begin <= address && address < end) return LinkRange{begin, end};
  return std::nullopt;
}

bool opens_scope(int tag) {
  return tag == DW_TAG_namespace || tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
         tag == DW_TAG_union_type || tag == DW_TAG_module;
}

/// Not dwarf_getscopes: that of elfutils 0.188 leaks where an inlined function's origin is in
/// another unit.
void find_innermost(Dwarf_Die* parent, Dwarf_Addr address, int depth,
                    std::optional<Dwarf_Die>& found) {
  constexpr int deepest_scope = 64;  // broken files can nest without end
  Dwarf_Die die;
  if (depth > deepest_scope || dwarf_child(parent, &die) != 0) return;
  do {
    const int tag = dwarf_tag(&die);
    const bool around = dwarf_haspc(&die, address) > 0;
    if (around && (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)) found = die;
    if (around || opens_scope(tag)) find_innermost(&die, address, depth + 1, found);
  } while (dwarf_siblingof(&die, &die) == 0);
}

}  // namespace

std::string function_name(Dwarf_Die* function) {
  for (const unsigned kind : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name}) {
    Dwarf_Attribute attribute;
    if (const char* name = dwarf_formstring(dwarf_attr_integrate(function, kind, &attribute)))
      return display_name(name);
  }
  return "";
}

std::optional<LinkRange> inlined_code(Dwarf_Die* instance) {
  Dwarf_Addr base = 0, begin = 0, end = 0, entry = 0;
  if (dwarf_ranges(instance, 0, &base, &begin, &end) <= 0 || end <= begin) return std::nullopt;
  Dwarf_Attribute attribute;
  if (!dwarf_attr(instance, DW_AT_entry_pc, &attribute)) return LinkRange{begin, end};
  if (dwarf_formaddr(&attribute, &entry) != 0) {
    Dwarf_Word offset = 0;  // DWARF 5: or the distance from the first range
    if (dwarf_formudata(&attribute, &offset) != 0) return LinkRange{begin, end};
    entry = begin + offset;
  }
  const auto around = range_around(instance, entry);
  return around ? LinkRange{entry, around->end} : LinkRange{begin, end};
}

std::optional<Dwarf_Die> innermost_function(Dwarf_Die* unit, Dwarf_Addr address) {
  std::optional<Dwarf_Die> found;
  find_innermost(unit, address, 0, found);
  return found;
}

FunctionInstance instance_around(Dwarf_Die* unit, Dwarf_Addr address) {
  auto found = innermost_function(unit, address);
  if (!found) return {};
  FunctionInstance scope{
      dwarf_dieoffset(&*found), dwarf_tag(&*found) == DW_TAG_inlined_subroutine, "", {0, 0}};
  if (scope.inlined) {
    scope.name = function_name(&*found);
    scope.code = range_around(&*found, address).value_or(LinkRange{address, address + 1});
  }
  return scope;
}

}  // namespace sidestep::symbols
