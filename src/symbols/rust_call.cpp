#include "symbols/rust_call.hpp"

#include <dwarf.h>

#include <algorithm>
#include <array>

#include "symbols/sysv_call.hpp"

namespace sidestep::symbols {
namespace {

using Kind = ValueType::Kind;

constexpr std::uint64_t word = 8, return_address = 8;
constexpr unsigned general_registers = 6, vector_registers = 8;
constexpr int deepest = 16;

struct Scalar {
  std::uint64_t offset = 0, size = 0;
  bool is_float = false;
};

enum class Form : std::uint8_t { Empty, Scalars, Integers, Reference, Unknown };

struct Passing {
  Form form = Form::Empty;
  std::vector<Scalar> scalars;  ///< ascending
};

bool has_variants(const ValueType& type) {
  if (!type.entry) return false;
  Dwarf_Die entry = *type.entry, child;
  if (dwarf_child(&entry, &child) != 0) return false;
  do {
    if (dwarf_tag(&child) == DW_TAG_variant_part) return true;
  } while (dwarf_siblingof(&child, &child) == 0);
  return false;
}

/// false: its layout as scalars is not to be told.
bool flatten(const ValueType& type, std::uint64_t offset, std::vector<Scalar>& out, int depth) {
  if (type.kind == Kind::Struct) {
    if (depth > deepest || type.is_union || has_variants(type)) return false;
    for (const Member& member : members_of(type))
      if (!flatten(*member.type, offset + member.offset, out, depth + 1)) return false;
    return true;
  }
  if (type.kind == Kind::Array) {
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(type.count, 3); ++i)
      if (!flatten(*type.target, offset + i * type.target->size, out, depth + 1)) return false;
    return true;
  }
  if (type.size > 0) out.push_back({offset, type.size, type.kind == Kind::Float});
  return true;
}

Passing passing_of(const ValueType& type) {
  Passing passing;
  if (type.size == 0) return passing;
  const bool known = flatten(type, 0, passing.scalars, 0);
  std::sort(passing.scalars.begin(), passing.scalars.end(),
            [](const Scalar& a, const Scalar& b) { return a.offset < b.offset; });
  const bool is_array = type.kind == Kind::Array;
  if (known && !is_array && passing.scalars.size() <= 2 &&
      std::all_of(passing.scalars.begin(), passing.scalars.end(),
                  [](const Scalar& s) { return s.size <= word; }))
    passing.form = Form::Scalars;
  else if (type.size > 2 * word)
    passing.form = Form::Reference;
  else
    passing.form = known ? Form::Integers : Form::Unknown;
  return passing;
}

constexpr const char* unknown_layout = "Rust doesn't say where it is passed";

class Assignment {
 public:
  explicit Assignment(unsigned general) : general_(general) {}

  Place next(const ValueType& type) {
    const Passing passing = passing_of(type);
    if (lost_ || passing.form == Form::Unknown) {
      lost_ = true;  // and what follows may be anywhere
      return Place::nowhere(unknown_layout);
    }
    Place place;
    switch (passing.form) {
      case Form::Reference:
        return Place::in_memory(*push(one(word, false), word));
      case Form::Integers:
        for (std::uint64_t at = 0; at < type.size; at += word)
          place.add(one(std::min(word, type.size - at), false).pieces[0], at);
        return place;
      default:
        for (const Scalar& scalar : passing.scalars)
          place.add(one(scalar.size, scalar.is_float).pieces[0], scalar.offset);
        return place.pieces.empty() ? Place::nowhere("empty") : place;
    }
  }

 private:
  Place one(std::uint64_t size, bool is_float) {
    if (is_float && vector_ < vector_registers) return Place::in_register(xmm0 + vector_++, size);
    if (!is_float && general_ < general_registers)
      return Place::in_register(sysv_argument_register(general_++), size);
    Code address{general_register(rsp)};
    add_constant(address, return_address + stack_);
    stack_ += word;
    return cut(Place::in_memory(std::move(address)), 0, size);
  }

  unsigned general_ = 0, vector_ = 0;
  std::uint64_t stack_ = 0;
  bool lost_ = false;
};

}  // namespace

std::vector<Place> rust_parameters(std::span<const TypePtr> types, const ValueType* result) {
  // A result whose form isn't known has at most 16 bytes, which are not returned in memory.
  const bool hidden = result && passing_of(*result).form == Form::Reference;
  Assignment assignment(hidden ? 1 : 0);
  std::vector<Place> places;
  for (const TypePtr& type : types) places.push_back(assignment.next(*type));
  return places;
}

Place rust_result(const ValueType& type) {
  const Passing passing = passing_of(type);
  Place place;
  constexpr std::array<unsigned, 2> general = {rax, rdx};
  unsigned generals = 0, vectors = 0;
  switch (passing.form) {
    case Form::Reference:
      return Place::in_memory({general_register(rax)});
    case Form::Unknown:
      return Place::nowhere(unknown_layout);
    case Form::Integers:
      for (std::uint64_t at = 0; at < type.size; at += word)
        place.add(register_piece(general[generals++], std::min(word, type.size - at)), at);
      return place;
    default:
      for (const Scalar& s : passing.scalars)
        place.add(register_piece(s.is_float ? xmm0 + vectors++ : general[generals++], s.size),
                  s.offset);
      return place.pieces.empty() ? Place::nowhere("empty") : place;
  }
}

}  // namespace sidestep::symbols
