#include "symbols/debug_entries.hpp"

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "symbols/debug_strings.hpp"
#include "symbols/function_instance.hpp"

namespace sidestep::symbols {
namespace {

constexpr int deepest_scope = 32;  // broken files can nest without end

const char* own_string(Dwarf_Die* die, unsigned attribute) {
  Dwarf_Attribute found;
  return dwarf_formstring(dwarf_attr_integrate(die, attribute, &found));
}

const char* linkage_name(Dwarf_Die* die) {
  const char* name = own_string(die, DW_AT_linkage_name);
  return name ? name : own_string(die, DW_AT_MIPS_linkage_name);
}

bool opens_scope(int tag) {
  return tag == DW_TAG_namespace || tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
         tag == DW_TAG_union_type || tag == DW_TAG_module;
}

std::string within(const std::string& scope, const char* name) {
  return scope.empty() ? name : scope + "::" + name;
}

/// Another reading of a file's debug information, for looking through all of it: libdw remembers
/// something of every unit that it has seen, until the reading ends.
class Reading {
 public:
  explicit Reading(Dwarf* first)
      : first_(first), own_(dwarf_begin_elf(dwarf_getelf(first), DWARF_C_READ, nullptr)) {
    if (own_) dwarf_setalt(own_.get(), dwarf_getalt(first));
  }
  Dwarf* get() const { return own_ ? own_.get() : first_; }

 private:
  struct End {
    void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
  };
  Dwarf* first_;
  std::unique_ptr<Dwarf, End> own_;
};

/// Visits each DIE with `tag` that is not inside a function, as visit(die, scope).
template <class Visit>
class TopLevels {
 public:
  TopLevels(int tag, Visit& visit) : tag_(tag), visit_(visit) {}

  void all_units(Dwarf* dwarf) {
    const Reading reading(dwarf);
    Dwarf_CU* unit = nullptr;
    Dwarf_Die whole{};
    std::uint8_t type = 0;
    while (dwarf_get_units(reading.get(), unit, &unit, nullptr, &type, &whole, nullptr) == 0) {
      if (type == DW_UT_type || type == DW_UT_split_type) continue;
      std::optional<Dwarf_Die> split;
      if (type == DW_UT_skeleton) split = split_unit(dwarf, dwarf_dieoffset(&whole));
      children(split ? &*split : &whole, "", 0);
    }
  }

 private:
  /// What is in a .dwo file. Found by where the file itself is, which only the first reading knows.
  static std::optional<Dwarf_Die> split_unit(Dwarf* dwarf, Dwarf_Off at) {
    Dwarf_Die skeleton{}, split{};
    if (!dwarf_offdie(dwarf, at, &skeleton)) return std::nullopt;
    dwarf_cu_info(skeleton.cu, nullptr, nullptr, nullptr, &split, nullptr, nullptr, nullptr);
    return split.addr ? std::optional(split) : std::nullopt;
  }

  void children(Dwarf_Die* parent, const std::string& scope, int depth) {
    Dwarf_Die die;
    if (depth > deepest_scope || dwarf_child(parent, &die) != 0) return;
    do {
      const int tag = dwarf_tag(&die);
      if (tag == tag_) visit_(&die, scope);
      if (!opens_scope(tag) || !dwarf_haschildren(&die)) continue;
      const char* name = dwarf_diename(&die);
      children(&die, within(scope, name ? name : "(anonymous namespace)"), depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  int tag_;
  Visit& visit_;
};

template <class Visit>
void each_top_level(Dwarf* dwarf, int tag, Visit visit) {
  TopLevels<Visit>(tag, visit).all_units(dwarf);
}

/// The name under which a DIE matches, or "".
std::string matching_name(Dwarf_Die* die, const std::string& scope, NamePattern& pattern,
                          AsGlob glob) {
  const char* plain = dwarf_diename(die);
  if (!plain) return "";
  // The last word of an exact name is the DIE's own: that spares reading most linkage names.
  if (glob == AsGlob::No && !pattern.word().empty() &&
      std::string_view(plain).find(pattern.word()) == std::string_view::npos &&
      plain != pattern.text()) {
    const bool is_operator = std::string_view(plain).starts_with("operator");
    const bool asks_mangled = Demangler::looks_mangled(pattern.text());
    if (!is_operator && !asks_mangled) return "";
  }
  const char* linkage = linkage_name(die);
  const auto accepts = [&](std::string_view name) {
    const std::size_t base = base_length(name);
    return glob == AsGlob::Yes ? pattern.matches(name, base) : pattern.equals(name, base);
  };
  // A member's out-of-line instance is outside of its class: only the linkage name is whole there.
  if (linkage) return accepts(linkage) ? linkage : "";
  const std::string qualified = within(scope, plain);
  const bool accepted =
      accepts(qualified) || (glob == AsGlob::No && pattern.equals_plain(qualified));
  return accepted ? qualified : "";
}

/// Entry and end of an out-of-line instance; of one in several parts (hot and cold) the first.
std::optional<LinkRange> code_of(Dwarf_Die* die, std::int64_t bias) {
  Dwarf_Addr base = 0, begin = 0, end = 0, entry = 0;
  if (dwarf_ranges(die, 0, &base, &begin, &end) <= 0 || end <= begin) return std::nullopt;
  Dwarf_Attribute attribute;
  if (dwarf_hasattr(die, DW_AT_entry_pc) && dwarf_attr(die, DW_AT_entry_pc, &attribute) &&
      dwarf_formaddr(&attribute, &entry) == 0 && begin <= entry && entry < end)
    begin = entry;
  return LinkRange{begin + static_cast<std::uint64_t>(bias),
                   end + static_cast<std::uint64_t>(bias)};
}

bool is_abstract(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  return dwarf_formudata(dwarf_attr(die, DW_AT_inline, &attribute), &value) == 0 &&
         (value == DW_INL_inlined || value == DW_INL_declared_inlined);
}

struct Instances {
  const ElfFile& file;
  std::int64_t bias = 0;
  std::vector<LinkRange>& found;

  void add(Dwarf_Die* instance) {
    const auto code = inlined_code(instance);
    if (!code) return;
    const LinkRange biased{code->begin + static_cast<std::uint64_t>(bias),
                           code->end + static_cast<std::uint64_t>(bias)};
    if (file.is_code(biased.begin)) found.push_back(biased);
  }
};

int add_instance(Dwarf_Die* instance, void* instances) {
  static_cast<Instances*>(instances)->add(instance);
  return DWARF_CB_OK;
}

/// Abstract instances by where their DIEs lie, and the functions that they are of.
using Origins = std::map<void*, DebugFunction*>;

/// Link-time optimization inlines across units, where libdw doesn't look: all DIEs are read.
class OtherUnits {
 public:
  OtherUnits(const ElfFile& file, const Origins& origins) : file_(file), origins_(origins) {}

  void search() {
    Dwarf_CU* unit = nullptr;
    Dwarf_Die whole{};
    std::uint8_t type = 0;
    while (dwarf_get_units(file_.debug_info().dwarf, unit, &unit, nullptr, &type, &whole,
                           nullptr) == 0)
      if (type == DW_UT_compile || type == DW_UT_partial) children(&whole, 0);
  }

 private:
  void children(Dwarf_Die* parent, int depth) {
    constexpr int deepest = 64;
    Dwarf_Die die;
    if (depth > deepest || dwarf_child(parent, &die) != 0) return;
    do {
      if (dwarf_tag(&die) == DW_TAG_inlined_subroutine) visit(&die);
      if (dwarf_haschildren(&die) > 0) children(&die, depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
  }
  void visit(Dwarf_Die* die) {
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    if (!dwarf_formref_die(dwarf_attr(die, DW_AT_abstract_origin, &attribute), &origin)) return;
    const auto known = origins_.find(origin.addr);
    if (known == origins_.end()) return;
    Instances{file_, file_.debug_info().bias, known->second->inlined}.add(die);
  }

  const ElfFile& file_;
  const Origins& origins_;
};

}  // namespace

std::vector<DebugFunction> debug_functions(const ElfFile& file, NamePattern& pattern, AsGlob glob) {
  const DebugInfo& info = file.debug_info();
  if (!info.dwarf || !may_name(info.dwarf, pattern.word())) return {};
  std::map<std::string, DebugFunction> by_name;
  Origins elsewhere;
  each_top_level(info.dwarf, DW_TAG_subprogram, [&](Dwarf_Die* die, const std::string& scope) {
    const std::string name = matching_name(die, scope, pattern, glob);
    if (name.empty()) return;
    DebugFunction& function = by_name[name];
    function.name = name;
    // In link-time optimized files nothing but the missing declaration tells an abstract instance.
    function.defined = function.defined || !dwarf_hasattr(die, DW_AT_declaration);
    const auto code = code_of(die, info.bias);
    if (code && file.is_code(code->begin)) function.placed.push_back(*code);
    if (code || dwarf_hasattr(die, DW_AT_declaration)) return;
    Instances instances{file, info.bias, function.inlined};
    const std::size_t before = function.inlined.size();
    if (is_abstract(die)) dwarf_func_inline_instances(die, add_instance, &instances);
    if (function.inlined.size() == before) elsewhere[die->addr] = &function;
  });
  if (std::any_of(elsewhere.begin(), elsewhere.end(),
                  [](const auto& one) { return one.second->inlined.empty(); }))
    OtherUnits(file, elsewhere).search();
  std::vector<DebugFunction> found;
  for (auto& [name, function] : by_name) found.push_back(std::move(function));
  return found;
}

std::optional<DebugVariable> debug_variable(const ElfFile& file, NamePattern& pattern) {
  const DebugInfo& info = file.debug_info();
  if (!info.dwarf || !may_name(info.dwarf, pattern.word())) return std::nullopt;
  std::optional<DebugVariable> found;
  each_top_level(info.dwarf, DW_TAG_variable, [&](Dwarf_Die* die, const std::string& scope) {
    if (found || matching_name(die, scope, pattern, AsGlob::No).empty()) return;
    Dwarf_Attribute attribute;
    Dwarf_Op* operations = nullptr;
    std::size_t count = 0;
    if (!dwarf_attr(die, DW_AT_location, &attribute) ||
        dwarf_getlocation(&attribute, &operations, &count) != 0 || count != 1 ||
        operations[0].atom != DW_OP_addr)
      return;
    Dwarf_Die type;
    Dwarf_Word size = 0;
    if (!dwarf_attr_integrate(die, DW_AT_type, &attribute) ||
        !dwarf_formref_die(&attribute, &type) || dwarf_aggregate_size(&type, &size) != 0)
      size = 0;
    found = DebugVariable{operations[0].number + static_cast<std::uint64_t>(info.bias), size};
  });
  return found;
}

}  // namespace sidestep::symbols
