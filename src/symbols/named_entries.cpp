#include "symbols/named_entries.hpp"

#include <dwarf.h>

#include <string_view>

#include "symbols/debug_strings.hpp"
#include "symbols/unit_index.hpp"

namespace sidestep::symbols {
namespace {

constexpr int deepest_scope = 32;

bool opens_scope(int tag) {
  return tag == DW_TAG_namespace || tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
         tag == DW_TAG_union_type || tag == DW_TAG_module;
}

bool is_type(int tag) {
  return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type ||
         tag == DW_TAG_enumeration_type || tag == DW_TAG_typedef || tag == DW_TAG_base_type;
}

std::string_view last_part(std::string_view name) {
  const std::size_t brackets = name.find('<');
  const std::size_t colon = name.substr(0, brackets).rfind("::");
  return colon == std::string_view::npos ? name : name.substr(colon + 2);
}

class Search {
 public:
  Search(Entries what, std::string_view name) : what_(what), name_(name), last_(last_part(name)) {}

  void unit(Dwarf_Die whole) { children(&whole, "", 0); }
  const std::optional<Dwarf_Die>& definition() const { return definition_; }
  const std::optional<Dwarf_Die>& declaration() const { return declaration_; }

 private:
  bool matches(const std::string& scope, std::string_view own) const {
    if (own == name_) return true;
    if (own != last_) return false;
    const std::string whole = scope + "::" + std::string(own);
    return whole == name_ || whole.ends_with("::" + std::string(name_));
  }
  void consider(Dwarf_Die* die, const std::string& scope, const char* own) {
    const int tag = dwarf_tag(die);
    const bool wanted = what_ == Entries::Types ? is_type(tag) : tag == DW_TAG_variable;
    if (!wanted || !own || !matches(scope, own)) return;
    const bool declared = dwarf_hasattr(die, DW_AT_declaration) != 0;
    const bool specifies = what_ == Entries::Types || dwarf_hasattr(die, DW_AT_location) ||
                           dwarf_hasattr(die, DW_AT_const_value);
    if (!declared && specifies)
      definition_ = *die;
    else if (!declaration_ && what_ == Entries::Variables)
      declaration_ = *die;
  }
  void children(Dwarf_Die* parent, const std::string& scope, int depth) {
    Dwarf_Die die;
    if (depth > deepest_scope || dwarf_child(parent, &die) != 0) return;
    do {
      const int tag = dwarf_tag(&die);
      const bool may_open = opens_scope(tag) && dwarf_haschildren(&die);
      const bool is_wanted = what_ == Entries::Types ? is_type(tag) : tag == DW_TAG_variable;
      if (tag == DW_TAG_imported_unit) imported(&die, scope, depth);
      if (!may_open && !is_wanted) continue;
      const char* own = dwarf_diename(&die);
      consider(&die, scope, own);
      if (definition_) return;
      if (may_open)
        children(&die, own ? (scope.empty() ? own : scope + "::" + own) : scope, depth + 1);
      if (definition_) return;
    } while (dwarf_siblingof(&die, &die) == 0);
  }
  void imported(Dwarf_Die* import, const std::string& scope, int depth) {
    Dwarf_Attribute found;
    Dwarf_Die unit;
    if (dwarf_attr(import, DW_AT_import, &found) && dwarf_formref_die(&found, &unit))
      children(&unit, scope, depth + 1);
  }

  Entries what_;
  std::string_view name_, last_;
  std::optional<Dwarf_Die> definition_, declaration_;
};

}  // namespace

std::optional<Dwarf_Die> find_in_unit(Dwarf_Die unit, Entries what, const std::string& name) {
  Search search(what, name);
  search.unit(unit);
  return search.definition() ? search.definition() : search.declaration();
}

std::optional<Dwarf_Die> find_anywhere(Dwarf* dwarf, Entries what, const std::string& name) {
  if (!dwarf || !may_name(dwarf, std::string(last_part(name)))) return std::nullopt;
  Search search(what, name);
  Dwarf_CU* unit = nullptr;
  Dwarf_Die whole{}, split{};
  std::uint8_t type = 0;
  while (dwarf_get_units(dwarf, unit, &unit, nullptr, &type, &whole, &split) == 0) {
    search.unit(type == DW_UT_skeleton && split.addr ? split : whole);
    if (search.definition()) return search.definition();
  }
  return std::nullopt;
}

}  // namespace sidestep::symbols
