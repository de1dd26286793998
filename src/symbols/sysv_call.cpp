#include "symbols/sysv_call.hpp"

#include <dwarf.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace sidestep::symbols {
namespace {

using Kind = ValueType::Kind;

enum class Class : std::uint8_t { None, Integer, Sse, SseUp, X87, X87Up, ComplexX87, Memory };

/// Of a type's eightbytes. More than two are in memory, but for vectors that we can't read anyway.
using Classes = std::array<Class, 2>;

constexpr std::uint64_t word = 8;
constexpr unsigned general_registers = 6, vector_registers = 8;
constexpr std::uint64_t return_address = 8;  // on the stack at the entry
constexpr int deepest = 16;

/// 3.2.3, "the two eightbytes' classes are compared".
Class merged(Class a, Class b) {
  if (a == b) return a;
  if (a == Class::None) return b;
  if (b == Class::None) return a;
  if (a == Class::Memory || b == Class::Memory) return Class::Memory;
  if (a == Class::Integer || b == Class::Integer) return Class::Integer;
  const auto is_x87 = [](Class c) {
    return c == Class::X87 || c == Class::X87Up || c == Class::ComplexX87;
  };
  return is_x87(a) || is_x87(b) ? Class::Memory : Class::Sse;
}

void put(Classes& classes, std::uint64_t offset, Class value) {
  const std::uint64_t at = offset / word;
  if (at >= classes.size()) {
    classes.fill(Class::Memory);
    return;
  }
  classes[at] = merged(classes[at], value);
}

void classify(const ValueType& type, std::uint64_t offset, Classes& classes, int depth);

void classify_scalar(const ValueType& type, std::uint64_t offset, Classes& classes) {
  if (type.kind == Kind::Float && type.size == 16) {
    put(classes, offset, Class::X87);
    put(classes, offset + word, Class::X87Up);
    return;
  }
  const bool is_float = type.kind == Kind::Float || type.name.starts_with("_Float") ||
                        type.name == "__float128" || type.name.starts_with("_Decimal") ||
                        type.name == "__bf16";
  put(classes, offset, is_float ? Class::Sse : Class::Integer);
  if (type.size > word) put(classes, offset + word, is_float ? Class::SseUp : Class::Integer);
}

void classify_members(const ValueType& type, std::uint64_t offset, Classes& classes, int depth) {
  for (const Member& member : members_of(type)) {
    const std::uint64_t at = offset + member.offset;
    if (member.bit_size) {
      put(classes, at, Class::Integer);
      put(classes, at + member.bytes - 1, Class::Integer);
    } else if (at % member.type->alignment() != 0) {
      classes.fill(Class::Memory);  // packed
    } else {
      classify(*member.type, at, classes, depth + 1);
    }
  }
}

void classify(const ValueType& type, std::uint64_t offset, Classes& classes, int depth) {
  if (depth > deepest || type.size > 2 * word) return classes.fill(Class::Memory);
  switch (type.kind) {
    case Kind::Struct:
      return classify_members(type, offset, classes, depth);
    case Kind::Array:
      if (type.is_vector) {
        put(classes, offset, Class::Sse);
        if (type.size > word) put(classes, offset + word, Class::SseUp);
        return;
      }
      for (std::uint64_t i = 0; i < type.count && i < 2 * word; ++i)
        classify(*type.target, offset + i * type.target->size, classes, depth + 1);
      return;
    case Kind::Complex:
      if (type.size > 2 * word) return classes.fill(Class::Memory);
      put(classes, offset, Class::Sse);
      if (type.size > word) put(classes, offset + word, Class::Sse);
      return;
    default:
      return classify_scalar(type, offset, classes);
  }
}

Classes classes_of(const ValueType& type) {
  Classes classes{};
  classify(type, 0, classes, 0);
  const bool memory = classes[0] == Class::Memory || classes[1] == Class::Memory ||
                      (classes[1] == Class::X87Up && classes[0] != Class::X87);
  if (memory) classes.fill(Class::Memory);
  return classes;
}

/// A destructor, or a copy or move constructor, that the program's author wrote.
bool is_special_member(Dwarf_Die* entry, std::string_view class_name) {
  if (dwarf_tag(entry) != DW_TAG_subprogram) return false;
  Dwarf_Attribute found;
  Dwarf_Word defaulted = 0;
  if (dwarf_hasattr(entry, DW_AT_artificial)) return false;
  if (dwarf_formudata(dwarf_attr(entry, DW_AT_defaulted, &found), &defaulted) == 0 &&
      defaulted == DW_DEFAULTED_in_class)
    return false;
  const char* text = dwarf_diename(entry);
  const std::string_view name = text ? text : "";
  if (name.starts_with('~')) return true;
  if (name != class_name.substr(0, class_name.find('<'))) return false;
  int parameters = 0;  // beside `this`
  bool copies = false;
  Dwarf_Die child;
  if (dwarf_child(entry, &child) == 0) do {
      if (dwarf_tag(&child) != DW_TAG_formal_parameter || dwarf_hasattr(&child, DW_AT_artificial))
        continue;
      const TypePtr type = ++parameters == 1 ? type_of(&child) : nullptr;
      copies =
          copies || (type && type->kind == Kind::Reference && type->target->name == class_name);
    } while (dwarf_siblingof(&child, &child) == 0);
  return copies && parameters == 1;
}

/// Itanium C++ ABI 3.1.2.3: non-trivial for the purposes of calls.
bool passed_by_reference(const ValueType& type, int depth = 0) {
  if (type.kind == Kind::Array && type.target) return passed_by_reference(*type.target, depth);
  if (type.kind != Kind::Struct || !type.entry || depth > deepest) return false;
  Dwarf_Die entry = *type.entry, child;
  Dwarf_Attribute found;
  Dwarf_Word convention = 0;
  if (dwarf_formudata(dwarf_attr(&entry, DW_AT_calling_convention, &found), &convention) == 0) {
    if (convention == DW_CC_pass_by_reference) return true;
    if (convention == DW_CC_pass_by_value) return false;
  }
  if (dwarf_child(&entry, &child) != 0) return false;
  do {
    if (is_special_member(&child, type.name)) return true;
    if (dwarf_hasattr(&child, DW_AT_virtuality)) return true;
  } while (dwarf_siblingof(&child, &child) == 0);
  for (const Member& member : members_of(type))
    if (passed_by_reference(*member.type, depth + 1)) return true;
  return false;
}

constexpr std::array<unsigned, general_registers> argument_registers = {rdi, rsi, rdx, rcx, 8, 9};

/// A vector of more bytes than the registers that we see have.
bool is_wide_vector(const ValueType& type) {
  return type.kind == Kind::Array && type.is_vector && type.size > 2 * word;
}

Place stack_place(std::uint64_t offset) {
  Code address{general_register(rsp)};
  add_constant(address, return_address + offset);
  return Place::in_memory(std::move(address));
}

}  // namespace

unsigned sysv_argument_register(unsigned n) {
  return argument_registers[std::min(n, general_registers - 1)];
}

bool returned_in_memory(const ValueType& type) {
  if (passed_by_reference(type)) return true;
  if (type.kind == Kind::Complex || is_wide_vector(type)) return false;
  return classes_of(type)[0] == Class::Memory;
}

Place SysvParameters::pointed_to() {
  if (general_ < general_registers)
    return Place::in_memory({general_register(argument_registers[general_++])});
  const auto pointer = push(stack_place(stack_), word);
  stack_ += word;
  return Place::in_memory(*pointer);
}

Place SysvParameters::on_stack(const ValueType& type) {
  const std::uint64_t alignment = std::clamp<std::uint64_t>(type.alignment(), word, 2 * word);
  stack_ = (stack_ + alignment - 1) / alignment * alignment;
  const Place place = stack_place(stack_);
  stack_ += (type.size + word - 1) / word * word;
  return place;
}

Place SysvParameters::next(const ValueType& type) {
  if (passed_by_reference(type)) return pointed_to();
  if (is_wide_vector(type)) {
    ++vector_;
    return Place::nowhere("in a wide vector register");
  }
  const Classes classes = classes_of(type);
  if (classes[0] == Class::None && classes[1] == Class::None) return Place::nowhere("empty");
  const auto needs = [&](Class c) {
    return static_cast<unsigned>(std::count(classes.begin(), classes.end(), c));
  };
  if (needs(Class::Memory) || needs(Class::X87) ||
      general_ + needs(Class::Integer) > general_registers ||
      vector_ + needs(Class::Sse) > vector_registers)
    return on_stack(type);
  Place place;
  for (std::size_t i = 0; i < classes.size() && i * word < type.size; ++i) {
    const std::uint64_t size = std::min(word, type.size - i * word);
    if (classes[i] == Class::Integer)
      place.add(register_piece(argument_registers[general_++], size), i * word);
    else if (classes[i] == Class::Sse)
      place.add(register_piece(xmm0 + vector_++, size), i * word);
    else if (classes[i] == Class::SseUp)
      place.pieces.back().size += size;
  }
  return place;
}

Place sysv_result(const ValueType& type) {
  if (is_wide_vector(type)) return Place::nowhere("in a wide vector register");
  if (type.kind == Kind::Complex && type.size > 2 * word) {
    Place both;
    both.add(register_piece(st0, word * 2), 0);
    both.add(register_piece(st1, word * 2), word * 2);
    return both;
  }
  if (returned_in_memory(type)) return Place::in_memory({general_register(rax)});
  const Classes classes = classes_of(type);
  Place place;
  constexpr std::array<unsigned, 2> general = {rax, rdx};
  unsigned generals = 0, vectors = 0;
  for (std::size_t i = 0; i < classes.size() && i * word < type.size; ++i) {
    const std::uint64_t size = std::min(word, type.size - i * word);
    if (classes[i] == Class::Integer)
      place.add(register_piece(general[generals++], size), i * word);
    else if (classes[i] == Class::Sse)
      place.add(register_piece(xmm0 + vectors++, size), i * word);
    else if (classes[i] == Class::X87)
      place.add(register_piece(st0, word), 0);
    else if (classes[i] == Class::SseUp || classes[i] == Class::X87Up)
      place.pieces.back().size += size;
  }
  return place.pieces.empty() ? Place::nowhere("empty") : place;
}

}  // namespace sidestep::symbols
