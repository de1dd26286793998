// Members and base classes of struct types (symbols/value_type.hpp).
#include <dwarf.h>

#include "symbols/value_type.hpp"

namespace sidestep::symbols {
namespace {

using Kind = ValueType::Kind;

constexpr std::size_t most_members = 256;
constexpr int deepest = 16;

std::optional<std::uint64_t> number(Dwarf_Die* entry, unsigned attribute) {
  Dwarf_Attribute found;
  Dwarf_Word value = 0;
  if (dwarf_formudata(dwarf_attr(entry, attribute, &found), &value) != 0) return std::nullopt;
  return value;
}

/// nullopt: it is not at a fixed place (a virtual base class).
std::optional<std::uint64_t> offset_of(Dwarf_Die* entry) {
  Dwarf_Attribute found;
  if (!dwarf_attr(entry, DW_AT_data_member_location, &found)) return 0;  // of a union
  Dwarf_Word value = 0;
  if (dwarf_formudata(&found, &value) == 0) return value;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_getlocation(&found, &operations, &count) != 0 || count != 1 ||
      operations[0].atom != DW_OP_plus_uconst)
    return std::nullopt;
  return operations[0].number;
}

void read_bits(Member& member, Dwarf_Die* entry) {
  const auto size = number(entry, DW_AT_bit_size);
  member.bytes = member.type->size;
  if (!size || *size == 0 || *size > 64) return;
  std::uint64_t first = member.offset * 8;
  if (const auto bit = number(entry, DW_AT_data_bit_offset)) {
    first += *bit;
  } else if (const auto from_top = number(entry, DW_AT_bit_offset)) {
    // DWARF 2 and 3: counted from the highest bit of the storage unit.
    const std::uint64_t storage = number(entry, DW_AT_byte_size).value_or(member.type->size) * 8;
    first += storage - *from_top - *size;
  }
  member.offset = first / 8;
  member.bit_offset = static_cast<std::uint8_t>(first % 8);
  member.bit_size = static_cast<std::uint8_t>(*size);
  member.bytes = (member.bit_offset + *size + 7) / 8;
}

std::optional<Member> read_member(Dwarf_Die* entry) {
  const int tag = dwarf_tag(entry);
  if (tag != DW_TAG_member && tag != DW_TAG_inheritance) return std::nullopt;
  // A static member.
  if (dwarf_hasattr(entry, DW_AT_external) || dwarf_hasattr(entry, DW_AT_declaration))
    return std::nullopt;
  Member member;
  member.type = type_of(entry);
  const auto offset = offset_of(entry);
  if (!member.type || !offset) return std::nullopt;
  member.offset = *offset;
  member.is_base = tag == DW_TAG_inheritance;
  member.artificial = dwarf_hasattr(entry, DW_AT_artificial) != 0;
  const char* name = dwarf_diename(entry);
  if (member.is_base)
    member.name = member.type->name;
  else if (name)
    member.name = name;
  read_bits(member, entry);
  return member;
}

std::optional<Member> find(const ValueType& type, std::string_view name, int depth) {
  if (depth > deepest) return std::nullopt;
  const std::vector<Member> members = members_of(type);
  for (const Member& member : members)
    if (member.name == name && !name.empty()) return member;
  for (const Member& member : members) {
    if (!member.is_base && !member.name.empty()) continue;
    auto inner = find(*member.type, name, depth + 1);
    if (!inner) continue;
    inner->offset += member.offset;
    return inner;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Member> members_of(const ValueType& type) {
  std::vector<Member> all;
  if (type.kind == Kind::Complex)
    return {Member{"re", type.target, 0, 0, 0, type.size / 2},
            Member{"im", type.target, type.size / 2, 0, 0, type.size / 2}};
  if (type.kind != Kind::Struct || !type.entry) return all;
  Dwarf_Die entry = *type.entry, child;
  if (dwarf_child(&entry, &child) != 0) return all;
  do {
    if (auto member = read_member(&child)) all.push_back(std::move(*member));
  } while (all.size() < most_members && dwarf_siblingof(&child, &child) == 0);
  return all;
}

std::optional<Member> find_member(const ValueType& type, std::string_view name) {
  return find(type, name, 0);
}

void member_names(const ValueType& type, std::vector<std::string>& names) {
  if (names.size() > most_members) return;
  for (const Member& member : members_of(type)) {
    if (member.artificial) continue;
    if (member.is_base || member.name.empty())
      member_names(*member.type, names);
    else
      names.push_back(member.name);
  }
}

}  // namespace sidestep::symbols
