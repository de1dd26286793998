#include "symbols/value_type.hpp"

#include <dwarf.h>

#include <algorithm>
#include <charconv>

namespace sidestep::symbols {
namespace {

using Kind = ValueType::Kind;

constexpr int deepest = 24;  // of typedefs, pointers and arrays; broken files can go in circles

std::optional<Dwarf_Die> referred(Dwarf_Die* entry, unsigned attribute) {
  Dwarf_Attribute found;
  Dwarf_Die type;
  if (!dwarf_attr_integrate(entry, attribute, &found) || !dwarf_formref_die(&found, &type))
    return std::nullopt;
  return type;
}

std::optional<std::uint64_t> number(Dwarf_Die* entry, unsigned attribute) {
  Dwarf_Attribute found;
  Dwarf_Word value = 0;
  if (dwarf_formudata(dwarf_attr_integrate(entry, attribute, &found), &value) != 0)
    return std::nullopt;
  return value;
}

Kind base_kind(Dwarf_Die* entry, const std::string& name, std::uint64_t size) {
  switch (number(entry, DW_AT_encoding).value_or(0)) {
    case DW_ATE_boolean:
      return Kind::Bool;
    case DW_ATE_signed_char:
    case DW_ATE_unsigned_char:
      // `signed char` and `unsigned char` are what int8_t and uint8_t are made of.
      if (name == "char") return Kind::Character;
      return number(entry, DW_AT_encoding) == DW_ATE_signed_char ? Kind::Signed : Kind::Unsigned;
    case DW_ATE_UTF:
      return Kind::Character;
    case DW_ATE_signed:
      if (size > 8) return Kind::Hex;
      return name == "wchar_t" ? Kind::Character : Kind::Signed;
    case DW_ATE_unsigned:
      return size > 8 ? Kind::Hex : Kind::Unsigned;
    case DW_ATE_address:
      return size > 8 ? Kind::Hex : Kind::Unsigned;
    case DW_ATE_float: {
      const bool quad = name == "_Float128" || name == "__float128" || name == "f128";
      return size == 4 || size == 8 || (size == 16 && !quad) ? Kind::Float : Kind::Hex;
    }
    case DW_ATE_complex_float:
      return Kind::Complex;
    default:
      return Kind::Hex;
  }
}

std::uint64_t elements_of(Dwarf_Die* range, bool& counted) {
  if (const auto count = number(range, DW_AT_count)) return *count;
  Dwarf_Attribute found;
  const auto upper = signed_constant(dwarf_attr(range, DW_AT_upper_bound, &found));
  if (upper && *upper >= -1) {
    const std::uint64_t lower = number(range, DW_AT_lower_bound).value_or(0);
    return static_cast<std::uint64_t>(*upper + 1) - lower;
  }
  counted = false;
  return 0;
}

TypePtr read(Dwarf_Die entry, int depth);

TypePtr read_target(Dwarf_Die* entry, int depth) {
  const auto target = referred(entry, DW_AT_type);
  return target ? read(*target, depth + 1) : plain_type(Kind::Unknown, 0, "void");
}

/// Several dimensions are arrays of arrays.
void read_array(ValueType& type, Dwarf_Die* entry, int depth) {
  type.kind = Kind::Array;
  Dwarf_Attribute flag;
  bool is_vector = false;
  type.is_vector =
      dwarf_formflag(dwarf_attr(entry, DW_AT_GNU_vector, &flag), &is_vector) == 0 && is_vector;
  std::vector<std::pair<std::uint64_t, bool>> dimensions;
  Dwarf_Die child;
  if (dwarf_child(entry, &child) == 0) do {
      if (dwarf_tag(&child) != DW_TAG_subrange_type) continue;
      bool counted = true;
      const std::uint64_t count = elements_of(&child, counted);
      dimensions.emplace_back(count, counted);
    } while (dwarf_siblingof(&child, &child) == 0);
  if (dimensions.empty()) dimensions.emplace_back(0, false);
  TypePtr element = read_target(entry, depth);
  for (std::size_t i = dimensions.size(); i-- > 1;) {
    auto inner = std::make_shared<ValueType>();
    inner->kind = Kind::Array;
    inner->target = element;
    std::tie(inner->count, inner->counted) = dimensions[i];
    inner->size = inner->count * element->size;
    element = std::move(inner);
  }
  std::tie(type.count, type.counted) = dimensions[0];
  type.size = number(entry, DW_AT_byte_size).value_or(type.count * element->size);
  type.target = std::move(element);
}

void read_member_pointer(ValueType& type, Dwarf_Die* entry) {
  auto target = referred(entry, DW_AT_type);
  type.kind = Kind::Hex;
  type.size = target && dwarf_tag(&*target) == DW_TAG_subroutine_type ? 16 : 8;
}

void read_complex(ValueType& type) {
  if (type.kind == Kind::Complex) type.target = plain_type(Kind::Float, type.size / 2);
}

void read_tag(ValueType& type, Dwarf_Die* entry, int depth) {
  switch (dwarf_tag(entry)) {
    case DW_TAG_base_type:
      type.kind = base_kind(entry, type.name, type.size);
      return read_complex(type);
    case DW_TAG_unspecified_type:  // nullptr_t
      type.kind = Kind::Pointer;
      type.size = 8;
      type.target = plain_type(Kind::Unknown, 0, "void");
      return;
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
      // Rust's references are pointers with a name of their own.
      type.kind = dwarf_tag(entry) == DW_TAG_pointer_type && !type.name.starts_with('&')
                      ? Kind::Pointer
                      : Kind::Reference;
      type.size = 8;
      type.target = read_target(entry, depth);
      return;
    case DW_TAG_ptr_to_member_type:
      return read_member_pointer(type, entry);
    case DW_TAG_enumeration_type:
      type.kind = Kind::Enum;
      type.target = referred(entry, DW_AT_type) ? read_target(entry, depth) : nullptr;
      if (type.size == 0 && type.target) type.size = type.target->size;
      return;
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
      type.kind = Kind::Struct;
      type.is_union = dwarf_tag(entry) == DW_TAG_union_type;
      return;
    case DW_TAG_array_type:
      return read_array(type, entry, depth);
    case DW_TAG_subroutine_type:
      type.kind = Kind::Function;
      return;
    default:
      type.kind = Kind::Unknown;
  }
}

bool is_wrapper(int tag) {
  return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
         tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type || tag == DW_TAG_immutable_type ||
         tag == DW_TAG_subrange_type;
}

TypePtr read(Dwarf_Die entry, int depth) {
  if (depth > deepest) return plain_type(Kind::Unknown, 0);
  for (int steps = 0; is_wrapper(dwarf_tag(&entry)) && steps < deepest; ++steps) {
    const auto next = referred(&entry, DW_AT_type);
    if (!next) return plain_type(Kind::Unknown, 0, "void");  // `const void`
    entry = *next;
  }
  // In a type unit the type has an entry of its own; what refers to it may be only a signature.
  if (const auto whole = referred(&entry, DW_AT_signature)) entry = *whole;
  auto type = std::make_shared<ValueType>();
  if (const char* name = dwarf_diename(&entry)) type->name = name;
  type->size = number(&entry, DW_AT_byte_size).value_or(0);
  type->entry = entry;
  read_tag(*type, &entry, depth);
  return type;
}

}  // namespace

TypePtr type_from(Dwarf_Die entry) {
  return read(entry, 0);
}

TypePtr type_of(Dwarf_Die* entry) {
  const auto type = referred(entry, DW_AT_type);
  return type ? read(*type, 0) : nullptr;
}

std::optional<std::int64_t> signed_constant(Dwarf_Attribute* attribute) {
  if (!attribute) return std::nullopt;
  const unsigned form = dwarf_whatform(attribute);
  Dwarf_Sword value = 0;
  Dwarf_Word positive = 0;
  if (form == DW_FORM_sdata || form == DW_FORM_implicit_const)
    return dwarf_formsdata(attribute, &value) == 0 ? std::optional<std::int64_t>(value)
                                                   : std::nullopt;
  if (dwarf_formudata(attribute, &positive) != 0) return std::nullopt;
  return static_cast<std::int64_t>(positive);
}

bool is_declaration(const ValueType& type) {
  if (!type.entry) return false;
  Dwarf_Die entry = *type.entry;
  return dwarf_hasattr(&entry, DW_AT_declaration) != 0;
}

std::uint64_t ValueType::alignment() const {
  if (entry) {
    Dwarf_Die die = *entry;
    if (const auto stated = number(&die, DW_AT_alignment); stated && *stated) return *stated;
  }
  switch (kind) {
    case Kind::Struct: {
      std::uint64_t most = 1;
      for (const Member& m : members_of(*this)) most = std::max(most, m.type->alignment());
      return most;
    }
    case Kind::Array:
      return is_vector ? std::max<std::uint64_t>(size, 1) : target->alignment();
    case Kind::Complex:
      return target->alignment();
    default:
      return std::clamp<std::uint64_t>(size, 1, 16);
  }
}

std::shared_ptr<const std::vector<std::pair<std::int64_t, std::string>>> enumerators_of(
    const ValueType& type) {
  auto all = std::make_shared<std::vector<std::pair<std::int64_t, std::string>>>();
  constexpr std::size_t most = 4096;
  Dwarf_Die entry{}, child;
  if (type.entry) entry = *type.entry;
  if (!type.entry || dwarf_child(&entry, &child) != 0) return all;
  do {
    const char* name = dwarf_diename(&child);
    Dwarf_Attribute found;
    if (dwarf_tag(&child) != DW_TAG_enumerator || !name) continue;
    if (const auto value = signed_constant(dwarf_attr(&child, DW_AT_const_value, &found)))
      all->emplace_back(*value, name);
  } while (all->size() < most && dwarf_siblingof(&child, &child) == 0);
  return all;
}

TypePtr plain_type(Kind kind, std::uint64_t size, std::string name) {
  auto type = std::make_shared<ValueType>();
  type->kind = kind;
  type->size = size;
  type->name = std::move(name);
  return type;
}

TypePtr pointer_to(TypePtr target) {
  auto type = std::make_shared<ValueType>();
  type->kind = Kind::Pointer;
  type->size = 8;
  type->target = std::move(target);
  return type;
}

TypePtr builtin_type(std::string_view name) {
  if (name == "bool") return plain_type(Kind::Bool, 1, "bool");
  if (name == "char") return plain_type(Kind::Character, 1, "char");
  if (name == "string") return plain_type(Kind::Text, 8, "string");
  if (name == "ptr") return pointer_to(plain_type(Kind::Unknown, 0, "void"));
  unsigned bits = 0;
  if (name.size() < 2) return nullptr;
  const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), bits);
  if (error != std::errc{} || end != name.data() + name.size()) return nullptr;
  if (bits != 8 && bits != 16 && bits != 32 && bits != 64) return nullptr;
  const std::string text(name);
  if (name[0] == 'u') return plain_type(Kind::Unsigned, bits / 8, text);
  if (name[0] == 'i') return plain_type(Kind::Signed, bits / 8, text);
  if (name[0] == 'x') return plain_type(Kind::Hex, bits / 8, text);
  if (name[0] == 'f' && bits >= 32) return plain_type(Kind::Float, bits / 8, text);
  return nullptr;
}

}  // namespace sidestep::symbols
