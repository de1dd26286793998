#include "symbols/function_instance.hpp"

#include <dwarf.h>

#include <cstdlib>
#include <memory>

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

FunctionInstance instance_around(Dwarf_Die* unit, Dwarf_Addr address) {
  Dwarf_Die* scopes = nullptr;
  const int count = dwarf_getscopes(unit, address, &scopes);
  const std::unique_ptr<Dwarf_Die, decltype(&std::free)> owned(scopes, &std::free);
  for (int i = 0; i < count; ++i) {
    const int tag = dwarf_tag(&scopes[i]);
    if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine) continue;
    FunctionInstance scope{
        dwarf_dieoffset(&scopes[i]), tag == DW_TAG_inlined_subroutine, "", {0, 0}};
    if (scope.inlined) {
      scope.name = function_name(&scopes[i]);
      scope.code = range_around(&scopes[i], address).value_or(LinkRange{address, address + 1});
    }
    return scope;
  }
  return {};
}

}  // namespace sidestep::symbols
