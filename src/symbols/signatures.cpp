#include "symbols/signatures.hpp"

#include <dwarf.h>

#include <utility>

#include "symbols/function_instance.hpp"

namespace sidestep::symbols {
namespace {

constexpr int deepest = 16;  // broken files have types that refer to themselves

std::optional<Dwarf_Die> type_of(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  Dwarf_Die type;
  if (!dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), &type))
    return std::nullopt;
  return type;
}

bool is_c(Dwarf_Die* die) {
  Dwarf_Die unit;
  if (!dwarf_diecu(die, &unit, nullptr, nullptr)) return false;
  switch (dwarf_srclang(&unit)) {
    case DW_LANG_C89:
    case DW_LANG_C:
    case DW_LANG_C99:
    case DW_LANG_C11:
      return true;
    default:
      return false;
  }
}

std::string joined(const std::string& type, const std::string& declarator) {
  return declarator.empty() ? type : type + " " + declarator;
}

std::string named(Dwarf_Die* type, const char* keyword, const std::string& declarator) {
  const char* name = dwarf_diename(type);
  const std::string shown = name ? name : std::string(keyword) + " {...}";
  return joined(name && is_c(type) ? std::string(keyword) + " " + shown : shown, declarator);
}

std::string parameters(Dwarf_Die* function, int depth);

/// The dimensions of an array: "[3][4]".
std::string dimensions(Dwarf_Die* array) {
  std::string text;
  Dwarf_Die die;
  if (dwarf_child(array, &die) != 0) return "[]";
  do {
    Dwarf_Attribute attribute;
    Dwarf_Word bound = 0;
    if (dwarf_tag(&die) != DW_TAG_subrange_type) continue;
    if (dwarf_formudata(dwarf_attr(&die, DW_AT_count, &attribute), &bound) == 0)
      text += "[" + std::to_string(bound) + "]";
    else if (dwarf_formudata(dwarf_attr(&die, DW_AT_upper_bound, &attribute), &bound) == 0)
      text += "[" + std::to_string(bound + 1) + "]";
    else
      text += "[]";
  } while (dwarf_siblingof(&die, &die) == 0);
  return text.empty() ? "[]" : text;
}

bool is_pointer(int tag) {
  return tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
         tag == DW_TAG_rvalue_reference_type;
}

/// As C declares it, from the inside out: `int (*f)(char)`.
std::string declared(std::optional<Dwarf_Die> type, const std::string& declarator, int depth) {
  if (!type) return joined("void", declarator);
  if (depth > deepest) return joined("...", declarator);
  const int tag = dwarf_tag(&*type);
  const auto inner = [&] { return type_of(&*type); };
  const auto pointer = [&](const char* sign) {
    auto to = inner();
    const int pointed = to ? dwarf_tag(&*to) : 0;
    const bool bracket = pointed == DW_TAG_array_type || pointed == DW_TAG_subroutine_type;
    return declared(to, bracket ? "(" + (sign + declarator) + ")" : sign + declarator, depth + 1);
  };
  const auto qualified = [&](const std::string& word) {
    auto to = inner();
    if (to && is_pointer(dwarf_tag(&*to))) return declared(to, joined(word, declarator), depth + 1);
    return word + " " + declared(to, declarator, depth + 1);
  };
  switch (tag) {
    case DW_TAG_pointer_type:
      return pointer("*");
    case DW_TAG_reference_type:
      return pointer("&");
    case DW_TAG_rvalue_reference_type:
      return pointer("&&");
    case DW_TAG_const_type:
      return qualified("const");
    case DW_TAG_volatile_type:
      return qualified("volatile");
    case DW_TAG_restrict_type:
      return declared(inner(), declarator, depth + 1);
    case DW_TAG_array_type:
      return declared(inner(), declarator + dimensions(&*type), depth + 1);
    case DW_TAG_subroutine_type:
      return declared(inner(), declarator + parameters(&*type, depth + 1), depth + 1);
    case DW_TAG_structure_type:
      return named(&*type, "struct", declarator);
    case DW_TAG_union_type:
      return named(&*type, "union", declarator);
    case DW_TAG_enumeration_type:
      return named(&*type, "enum", declarator);
    default:
      const char* name = dwarf_diename(&*type);
      return joined(name ? name : "?", declarator);
  }
}

bool is_artificial(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  bool artificial = false;
  return dwarf_formflag(dwarf_attr_integrate(die, DW_AT_artificial, &attribute), &artificial) ==
             0 &&
         artificial;
}

std::string parameters(Dwarf_Die* function, int depth) {
  std::string text;
  Dwarf_Die die;
  if (dwarf_child(function, &die) != 0) return "()";
  do {
    std::string one;
    const int tag = dwarf_tag(&die);
    if (tag == DW_TAG_unspecified_parameters) {
      one = "...";
    } else if (tag == DW_TAG_formal_parameter && !is_artificial(&die)) {
      const char* name = dwarf_diename(&die);
      one = declared(type_of(&die), name ? name : "", depth + 1);
    } else {
      continue;
    }
    text += (text.empty() ? "" : ", ") + one;
  } while (dwarf_siblingof(&die, &die) == 0);
  return "(" + text + ")";
}

/// The DIE that has the parameters' names and types: the abstract one of an instance.
Dwarf_Die described(Dwarf_Die function) {
  Dwarf_Attribute attribute;
  Dwarf_Die origin;
  for (int i = 0; i < deepest; ++i) {
    if (!dwarf_formref_die(dwarf_attr(&function, DW_AT_abstract_origin, &attribute), &origin))
      break;
    function = origin;
  }
  return function;
}

enum class Within { Namespaces, Types };

/// Functions outside of types: those of the unit and its namespaces; or those within types alone.
void collect(Dwarf_Die* parent, Within within, bool in_type,
             std::unordered_map<Dwarf_Addr, Dwarf_Die>& out, int depth) {
  Dwarf_Die die;
  if (depth > deepest || dwarf_child(parent, &die) != 0) return;
  do {
    const int tag = dwarf_tag(&die);
    const bool is_type = tag == DW_TAG_class_type || tag == DW_TAG_structure_type;
    const bool wanted = tag == DW_TAG_subprogram && in_type == (within == Within::Types);
    Dwarf_Addr base = 0, begin = 0, end = 0;
    if (wanted && dwarf_ranges(&die, 0, &base, &begin, &end) > 0)
      out.emplace(begin, die);
    else if (tag == DW_TAG_namespace || (is_type && within == Within::Types))
      collect(&die, within, in_type || is_type, out, depth + 1);
  } while (dwarf_siblingof(&die, &die) == 0);
}

std::optional<Dwarf_Die> inlined_at(Dwarf_Die* unit, Dwarf_Addr address) {
  auto found = innermost_function(unit, address);
  const bool inlined = found && dwarf_tag(&*found) == DW_TAG_inlined_subroutine;
  return inlined ? found : std::nullopt;
}

}  // namespace

/// Types come last: a program has many more of their members than functions, and hardly ever is a
/// function's code described within one.
std::optional<Dwarf_Die> Signatures::function_at(Dwarf_Die unit, Dwarf_Addr entry) {
  const auto [place, is_new] = known_.try_emplace(unit.addr);
  Unit& known = place->second;
  if (is_new) collect(&unit, Within::Namespaces, false, known.functions, 0);
  if (!known.functions.contains(entry) && !std::exchange(known.with_types, true))
    collect(&unit, Within::Types, false, known.functions, 0);
  const auto found = known.functions.find(entry);
  return found == known.functions.end() ? std::nullopt : std::optional(found->second);
}

std::string Signatures::at(LinkAddress entry, bool inlined) {
  const Dwarf_Addr address = entry - static_cast<std::uint64_t>(file_.debug_info().bias);
  for (const Dwarf_Die& skeleton : units_.at(address)) {
    Dwarf_Die unit = whole_unit(skeleton);
    auto function = inlined ? inlined_at(&unit, address) : function_at(unit, address);
    if (!function) continue;
    Dwarf_Die with_names = described(*function);
    return parameters(&with_names, 0);
  }
  return "";
}

}  // namespace sidestep::symbols
