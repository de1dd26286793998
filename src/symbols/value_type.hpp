// Types of the traced program's values, as far as showing and computing with them needs. Made from
// DWARF, and by hand for the types that the user's casts name. Immutable and shared; those from
// DWARF refer to the Dwarf that they were read from. Nothing fails: what isn't understood is bits.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidestep::symbols {

struct ValueType;
using TypePtr = std::shared_ptr<const ValueType>;

struct ValueType {
  enum class Kind : std::uint8_t {
    Unknown,  ///< void, or a place without a type
    Signed,
    Unsigned,
    Hex,  ///< bits: registers, member pointers, 128-bit integers
    Float,
    Complex,  ///< of `target`
    Bool,
    Character,
    Enum,
    Pointer,
    Reference,
    Struct,  ///< classes and unions, too
    Array,
    Function,
    Text,     ///< a C string; the value is its address (`:string`)
    Literal,  ///< "text" in an expression
    Comm,     ///< $comm
  };
  Kind kind = Kind::Unknown;
  std::uint64_t size = 0;   ///< bytes
  std::string name;         ///< as the program's source has it, without qualifiers
  TypePtr target;           ///< of pointers, references, arrays, typed enums
  std::uint64_t count = 0;  ///< Array: elements
  bool counted = true;      ///< Array: the count is known
  bool is_union = false;
  bool is_vector = false;           ///< Array that is one value to the processor
  std::optional<Dwarf_Die> entry;   ///< of what has one: stripped of typedefs and qualifiers
  std::uint64_t alignment() const;  ///< bytes, at least 1
};

/// A member or a base class.
struct Member {
  std::string name;  ///< "" anonymous
  TypePtr type;
  std::uint64_t offset = 0;
  std::uint8_t bit_offset = 0, bit_size = 0;  ///< 0: whole; from the lowest bit at `offset`
  std::uint64_t bytes = 0;                    ///< that hold the bits
  bool is_base = false;
  bool artificial = false;  ///< the compiler's own, such as a pointer to virtual functions
};

/// Follows typedefs and qualifiers. `typedef_name` as seen on the way decides what is a character.
TypePtr type_from(Dwarf_Die entry);
/// The type of a DIE that has one (DW_AT_type, also through its abstract origin); null: none.
TypePtr type_of(Dwarf_Die* entry);

/// In the order of the source. Of a type without members, or one that is only declared: none.
std::vector<Member> members_of(const ValueType& type);
/// Also in anonymous members and base classes; its offset counts from `type`.
std::optional<Member> find_member(const ValueType& type, std::string_view name);
void member_names(const ValueType& type, std::vector<std::string>& names);

std::shared_ptr<const std::vector<std::pair<std::int64_t, std::string>>> enumerators_of(
    const ValueType& type);

/// Whether it says no more of the type than its name.
bool is_declaration(const ValueType& type);

/// A constant that may be negative: only the forms of a variable length are signed, the others
/// stand for numbers that compilers know to be positive.
std::optional<std::int64_t> signed_constant(Dwarf_Attribute* attribute);

TypePtr plain_type(ValueType::Kind kind, std::uint64_t size, std::string name = "");
TypePtr pointer_to(TypePtr target);
/// u8 i8 ... x64 f32 f64 bool char string ptr; null: none of these.
TypePtr builtin_type(std::string_view name);

}  // namespace sidestep::symbols
