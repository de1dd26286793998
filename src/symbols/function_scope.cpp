#include "symbols/function_scope.hpp"

#include <dwarf.h>

#include <algorithm>

#include "symbols/function_entry.hpp"
#include "symbols/go_call.hpp"
#include "symbols/named_entries.hpp"
#include "symbols/rust_call.hpp"
#include "symbols/sysv_call.hpp"

namespace sidestep::symbols {
namespace {

constexpr int deepest_block = 64;
constexpr const char* optimised_out = "optimised out";

std::string name_of(Dwarf_Die* entry) {
  const char* name = dwarf_diename(entry);
  return name ? name : "";
}

std::optional<Dwarf_Die> origin_of(Dwarf_Die* entry) {
  Dwarf_Attribute found;
  Dwarf_Die origin;
  if (!dwarf_attr(entry, DW_AT_abstract_origin, &found) || !dwarf_formref_die(&found, &origin))
    return std::nullopt;
  return origin;
}

std::vector<Dwarf_Die> children_of(Dwarf_Die* parent, int tag) {
  std::vector<Dwarf_Die> all;
  Dwarf_Die child;
  if (dwarf_child(parent, &child) != 0) return all;
  do {
    if (dwarf_tag(&child) == tag) all.push_back(child);
  } while (dwarf_siblingof(&child, &child) == 0);
  return all;
}

Language language_of(Dwarf_Die* unit) {
  constexpr int rust_before_dwarf5 = 0x9000;
  switch (dwarf_srclang(unit)) {
    case DW_LANG_Go:
      return Language::Go;
    case DW_LANG_Rust:
    case rust_before_dwarf5:
      return Language::Rust;
    default:
      return Language::C;
  }
}

bool is_by_llvm(Dwarf_Die* unit) {
  Dwarf_Attribute found;
  const char* producer = dwarf_formstring(dwarf_attr(unit, DW_AT_producer, &found));
  return producer && std::string_view(producer).find("clang") != std::string_view::npos;
}

bool flag(Dwarf_Die* entry, unsigned attribute) {
  Dwarf_Attribute found;
  bool value = false;
  return dwarf_formflag(dwarf_attr(entry, attribute, &found), &value) == 0 && value;
}

}  // namespace

FunctionScope::FunctionScope(ModuleFile& module, ScopeRequest request)
    : module_(module), request_(std::move(request)) {
  const DebugInfo& info = module_.elf().debug_info();
  const auto bias = static_cast<std::uint64_t>(info.bias);
  stop_ = {&module_.elf(),           request_.address - bias, request_.address,
           request_.run_bias + bias, request_.is_entry,       {}};
  if (!info.dwarf) return;
  locate_function();
  if (!function_) return;
  read_parameters();
  read_convention();
  read_locals(&scope_, 0);
}

void FunctionScope::locate_function() {
  auto found = function_entry_at(module_.units(), stop_.address);
  if (!found) return;
  unit_ = found->unit;
  function_ = scope_ = stop_.function = found->function;
  language_ = language_of(&*unit_);
  if (request_.inlined) enter_inlined(&*function_, 0);
}

/// GCC gives a function whose parameters it has changed another name (f.isra.0), LLVM marks it, but
/// not in older versions. Rust promises nothing for optimised code.
void FunctionScope::read_convention() {
  Dwarf_Attribute found;
  Dwarf_Word convention = DW_CC_normal;
  dwarf_formudata(dwarf_attr(&scope_, DW_AT_calling_convention, &found), &convention);
  const bool is_marked = convention == DW_CC_nocall;
  const Function* symbol = module_.functions().at(request_.address);
  const bool is_clone = symbol && symbol->base < symbol->name.size();
  const bool is_stripped = is_clone && symbol->name.find(".isra") != std::string_view::npos;
  constexpr std::size_t most_in_registers = 6;
  const auto some = parameters_.begin() +
                    static_cast<std::ptrdiff_t>(std::min(parameters_.size(), most_in_registers));
  const bool is_optimised = std::none_of(parameters_.begin(), some, [](const Variable& v) {
    Dwarf_Die entry = v.entry;
    return has_slot(&entry);
  });
  const bool is_private = !symbol || !symbol->global;
  const bool may_change =
      is_optimised && (language_ == Language::Rust || (is_private && is_by_llvm(&*unit_)));
  is_conventional_ = !is_marked && !is_clone && !may_change;
  is_result_known_ = !is_marked && !is_stripped;
}

/// Of several instances that begin at the address: the one with the wanted name, else the
/// innermost.
void FunctionScope::enter_inlined(Dwarf_Die* parent, int depth) {
  Dwarf_Die child;
  if (depth > deepest_block || dwarf_child(parent, &child) != 0) return;
  do {
    const int tag = dwarf_tag(&child);
    if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) continue;
    if (dwarf_haspc(&child, stop_.address) != 1) continue;
    if (tag == DW_TAG_inlined_subroutine) {
      scope_ = child;
      const std::string name = name_of(&child);
      if (!name.empty() && request_.name.ends_with(name)) return;
    }
    return enter_inlined(&child, depth + 1);
  } while (dwarf_siblingof(&child, &child) == 0);
}

/// `declared` is in the abstract instance, which has all of them; `entry` may be the same.
void FunctionScope::add_parameter(Dwarf_Die entry, Dwarf_Die declared) {
  Variable variable{name_of(&declared), type_of(&declared), entry};
  if (!variable.type) variable.type = plain_type(ValueType::Kind::Unknown, 8);
  if (flag(&declared, DW_AT_variable_parameter)) {
    results_.push_back(std::move(variable));
    return;
  }
  if (variable.name.empty()) variable.name = "arg" + std::to_string(parameters_.size() + 1);
  parameters_.push_back(std::move(variable));
}

void FunctionScope::read_parameters() {
  const std::vector<Dwarf_Die> own = children_of(&scope_, DW_TAG_formal_parameter);
  std::vector<Dwarf_Die> declared;
  if (auto origin = origin_of(&scope_)) declared = children_of(&*origin, DW_TAG_formal_parameter);
  // A concrete instance may leave out what it doesn't use, and list in another order.
  if (declared.empty()) {
    for (const Dwarf_Die& entry : own) add_parameter(entry, entry);
  } else {
    for (Dwarf_Die& wanted : declared) {
      const auto concrete = std::find_if(own.begin(), own.end(), [&](Dwarf_Die entry) {
        const auto origin = origin_of(&entry);
        return origin && origin->addr == wanted.addr;
      });
      add_parameter(concrete == own.end() ? wanted : *concrete, wanted);
    }
  }
  result_ = type_of(&scope_);
  if (result_ && result_->kind == ValueType::Kind::Unknown) result_ = nullptr;
}

void FunctionScope::read_locals(Dwarf_Die* block, int depth) {
  Dwarf_Die child;
  if (depth > deepest_block || dwarf_child(block, &child) != 0) return;
  do {
    const int tag = dwarf_tag(&child);
    const bool is_variable =
        tag == DW_TAG_variable || (tag == DW_TAG_formal_parameter && depth > 0);
    if (is_variable) {
      TypePtr type = type_of(&child);
      std::string name = name_of(&child);
      if (type && !name.empty()) locals_.push_back({std::move(name), std::move(type), child});
    } else if ((tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine) &&
               dwarf_haspc(&child, stop_.address) == 1) {
      read_locals(&child, depth + 1);
    }
  } while (dwarf_siblingof(&child, &child) == 0);
}

/// By the calling convention alone.
std::vector<Place> FunctionScope::called_with() const {
  std::vector<TypePtr> types;
  for (const Variable& v : parameters_) types.push_back(v.type);
  if (language_ == Language::Go) return go_parameters(types);
  if (language_ == Language::Rust) return rust_parameters(types, result_.get());
  SysvParameters parameters(result_.get());
  std::vector<Place> places;
  for (const TypePtr& type : types) places.push_back(parameters.next(*type));
  return places;
}

std::vector<Named> FunctionScope::parameters() const {
  std::vector<Named> all;
  const bool by_convention = request_.is_entry && !request_.inlined && is_conventional_;
  const Trust trust = by_convention ? Trust::Lists : Trust::All;
  const bool is_go = language_ == Language::Go;
  std::vector<Place> convention;
  if (by_convention) convention = called_with();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Variable variable = parameters_[i];
    Place place;
    if (!request_.is_entry || request_.inlined) {
      place = place_of(stop_, &variable.entry);
    } else if (auto known = entry_place_of(stop_, &variable.entry, trust, is_go)) {
      place = std::move(*known);
    } else {
      place = by_convention ? convention[i] : Place::nowhere(optimised_out);
    }
    all.push_back({variable.name, variable.type, std::move(place)});
  }
  return all;
}

std::vector<Named> FunctionScope::results() const {
  if (language_ == Language::Go) {
    std::vector<TypePtr> types;
    for (const Variable& v : results_) types.push_back(v.type);
    std::vector<Place> places = go_results(types);
    std::vector<Named> all;
    for (std::size_t i = 0; i < places.size(); ++i)
      all.push_back({results_[i].name, types[i], std::move(places[i])});
    return all;
  }
  if (!result_) return {};
  if (!is_result_known_)
    return {{"retval", result_, Place::nowhere("the compiler has changed how it returns")}};
  Place place = language_ == Language::Rust ? rust_result(*result_) : sysv_result(*result_);
  return {{"retval", result_, std::move(place)}};
}

Place FunctionScope::local_place(const Variable& variable) const {
  Dwarf_Die entry = variable.entry;
  if (request_.is_entry && !request_.inlined && !is_static(&entry))
    return Place::nowhere("not set yet where the function begins");
  return place_of(stop_, &entry);
}

std::optional<Named> FunctionScope::find(const std::string& name) const {
  for (auto local = locals_.rbegin(); local != locals_.rend(); ++local)
    if (local->name == name) return Named{name, local->type, local_place(*local)};
  const bool is_parameter = std::any_of(parameters_.begin(), parameters_.end(),
                                        [&](const Variable& v) { return v.name == name; });
  if (is_parameter)
    for (Named& parameter : parameters())
      if (parameter.name == name) return std::move(parameter);
  return global(name);
}

std::optional<Named> FunctionScope::global(const std::string& name) const {
  const DebugInfo& info = module_.elf().debug_info();
  std::optional<Dwarf_Die> entry;
  if (unit_) entry = find_in_unit(*unit_, Entries::Variables, name);
  const bool declared = !entry || dwarf_hasattr(&*entry, DW_AT_declaration);
  if (declared && info.dwarf)
    if (auto elsewhere = find_anywhere(info.dwarf, Entries::Variables, name)) entry = elsewhere;
  if (entry)
    if (TypePtr type = type_of(&*entry)) {
      Place place = place_of(stop_, &*entry);
      if (!place.is_nowhere() || !dwarf_hasattr(&*entry, DW_AT_declaration))
        return Named{name, std::move(type), std::move(place)};
    }
  const auto symbol = module_.symbol(name);
  if (!symbol) return std::nullopt;
  TypePtr type = entry ? type_of(&*entry) : nullptr;
  if (!type) type = plain_type(ValueType::Kind::Unknown, symbol->size);
  return Named{name, std::move(type),
               Place::in_memory({constant(symbol->address + request_.run_bias)})};
}

std::vector<std::string> FunctionScope::names() const {
  std::vector<std::string> all;
  for (const auto* variables : {&parameters_, &locals_})
    for (const Variable& v : *variables)
      if (std::find(all.begin(), all.end(), v.name) == all.end()) all.push_back(v.name);
  return all;
}

TypePtr FunctionScope::type(std::string_view name) const {
  std::size_t stars = 0;
  while (!name.empty() && (name.back() == '*' || name.back() == ' ')) {
    stars += name.back() == '*';
    name.remove_suffix(1);
  }
  for (const std::string_view word :
       {"const ", "volatile ", "struct ", "class ", "union ", "enum "})
    if (name.starts_with(word)) name.remove_prefix(word.size());
  TypePtr type = builtin_type(name);
  if (!type && name == "void") type = plain_type(ValueType::Kind::Unknown, 0, "void");
  std::optional<Dwarf_Die> entry;
  if (!type && unit_) entry = find_in_unit(*unit_, Entries::Types, std::string(name));
  if (!type && !entry)
    entry = find_anywhere(module_.elf().debug_info().dwarf, Entries::Types, std::string(name));
  if (entry) type = type_from(*entry);
  for (; type && stars > 0; --stars) type = pointer_to(std::move(type));
  return type;
}

TypePtr FunctionScope::completed(TypePtr type) const {
  if (!type || !is_declaration(*type)) return type;
  const auto entry = find_anywhere(module_.elf().debug_info().dwarf, Entries::Types, type->name);
  return entry ? type_from(*entry) : type;
}

}  // namespace sidestep::symbols
