#include "symbols/library_type.hpp"

#include <dwarf.h>

#include <initializer_list>
#include <string_view>

namespace sidestep::symbols {
namespace {

using Kind = ValueType::Kind;

constexpr std::uint64_t word = 8;
constexpr int deepest = 8;

std::optional<Member> at_path(const ValueType& type, std::initializer_list<std::string_view> path) {
  const ValueType* inside = &type;
  std::optional<Member> found;
  std::uint64_t offset = 0;
  TypePtr kept;
  for (const std::string_view name : path) {
    found = find_member(*inside, name);
    if (!found) return std::nullopt;
    offset += found->offset;
    kept = found->type;
    inside = kept.get();
  }
  found->offset = offset;
  return found;
}

std::optional<Extent> between(const std::optional<Member>& pointer,
                              const std::optional<Member>& length) {
  if (!pointer || !length || pointer->type->kind != Kind::Pointer || length->type->size != word)
    return std::nullopt;
  Extent extent;
  extent.element = pointer->type->target;
  extent.pointer_offset = pointer->offset;
  extent.length_offset = length->offset;
  extent.length_is_end = length->type->kind == Kind::Pointer;
  if (extent.element->size == 0) return std::nullopt;
  return extent;
}

std::optional<Extent> as_text(std::optional<Extent> extent) {
  if (!extent || extent->element->size != 1) return std::nullopt;
  extent->is_text = true;
  return extent;
}

std::optional<Extent> of_cxx(const ValueType& type) {
  const std::string_view name = type.name;
  if (name.starts_with("basic_string_view"))
    return as_text(between(at_path(type, {"_M_str"}), at_path(type, {"_M_len"})));
  if (name.starts_with("basic_string")) {
    auto pointer = at_path(type, {"_M_dataplus", "_M_p"});
    // Clang leaves the class of this member to libstdc++'s debug information.
    if (!pointer && name.starts_with("basic_string<char,") &&
        (pointer = at_path(type, {"_M_dataplus"})))
      pointer->type = pointer_to(plain_type(Kind::Character, 1, "char"));
    return as_text(between(pointer, at_path(type, {"_M_string_length"})));
  }
  if (name == "vector" || name.starts_with("vector<"))
    return between(at_path(type, {"_M_impl", "_M_start"}), at_path(type, {"_M_impl", "_M_finish"}));
  return std::nullopt;
}

std::optional<Extent> of_go(const ValueType& type) {
  if (type.name == "string")
    return as_text(between(at_path(type, {"str"}), at_path(type, {"len"})));
  if (type.name.starts_with("[]")) return between(at_path(type, {"array"}), at_path(type, {"len"}));
  return std::nullopt;
}

/// Vec keeps its pointer under several wrappers, whose names change from version to version.
std::optional<Member> first_pointer(const ValueType& type, int depth) {
  if (depth > deepest) return std::nullopt;
  for (const Member& member : members_of(type)) {
    if (member.type->kind == Kind::Pointer) return member;
    auto inner = first_pointer(*member.type, depth + 1);
    if (!inner) continue;
    inner->offset += member.offset;
    return inner;
  }
  return std::nullopt;
}

TypePtr template_argument(const ValueType& type) {
  if (!type.entry) return nullptr;
  Dwarf_Die entry = *type.entry, child;
  if (dwarf_child(&entry, &child) != 0) return nullptr;
  do {
    if (dwarf_tag(&child) == DW_TAG_template_type_parameter) return type_of(&child);
  } while (dwarf_siblingof(&child, &child) == 0);
  return nullptr;
}

std::optional<Extent> of_vec(const ValueType& type) {
  const auto buffer = find_member(type, "buf");
  const TypePtr element = template_argument(type);
  if (!buffer || !element || element->size == 0) return std::nullopt;
  auto pointer = first_pointer(*buffer->type, 0);
  const auto length = find_member(type, "len");
  if (!pointer || !length || length->type->size != word) return std::nullopt;
  Extent extent;
  extent.element = element;
  extent.pointer_offset = buffer->offset + pointer->offset;
  extent.length_offset = length->offset;
  return extent;
}

std::optional<Extent> of_rust(const ValueType& type) {
  const std::string_view name = type.name;
  if (name.starts_with('&') || name.starts_with("Box<") || name.starts_with("*const ") ||
      name.starts_with("*mut ")) {
    const auto extent = between(at_path(type, {"data_ptr"}), at_path(type, {"length"}));
    return name.ends_with("str") || name.ends_with("str>") ? as_text(extent) : extent;
  }
  if (name.starts_with("Vec<")) return of_vec(type);
  if (name != "String") return std::nullopt;
  const auto vec = find_member(type, "vec");
  if (!vec || !vec->type->name.starts_with("Vec<")) return std::nullopt;
  auto extent = of_vec(*vec->type);
  if (!extent) return std::nullopt;
  extent->pointer_offset += vec->offset;
  extent->length_offset += vec->offset;
  return as_text(extent);
}

}  // namespace

std::optional<Extent> extent_of(const ValueType& type) {
  if (type.kind != Kind::Struct || type.name.empty() || is_declaration(type)) return std::nullopt;
  if (auto extent = of_cxx(type)) return extent;
  if (auto extent = of_go(type)) return extent;
  return of_rust(type);
}

std::optional<Code> push_begin(const Extent& extent, const Place& place) {
  return push(cut(place, extent.pointer_offset, word), word);
}

std::optional<Code> push_count(const Extent& extent, const Place& place) {
  using C = core::Op::Code;
  auto code = push(cut(place, extent.length_offset, word), word);
  if (!code || !extent.length_is_end) return code;
  const auto begin = push_begin(extent, place);
  if (!begin) return std::nullopt;
  append(*code, *begin);
  code->push_back(make_op(C::Subtract));
  code->push_back(constant(extent.element->size));
  code->push_back(make_op(C::DivideUnsigned));
  return code;
}

}  // namespace sidestep::symbols
