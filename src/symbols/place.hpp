// Where the bytes of a value are when a thread is stopped: in memory, in registers, computed, in
// pieces of all these, or nowhere. Plain values, made from DWARF locations and calling conventions;
// turned into code by push() and address_of().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "symbols/code.hpp"

namespace sidestep::symbols {

struct Piece {
  enum class Kind : std::uint8_t {
    General,  ///< register `index`, by its DWARF number
    Vector,   ///< likewise: xmm, st0
    Memory,   ///< `code` pushes the address
    Value,    ///< `code` pushes the value
    Missing,
  };
  Kind kind = Kind::Missing;
  std::uint16_t index = 0;
  std::uint64_t skip = 0;  ///< bytes of the register, memory or value before the piece
  std::uint64_t size = 0;
  Code code;
};

struct Place {
  std::vector<Piece> pieces;  ///< in the order of memory
  std::string missing;        ///< why there is nothing in a Missing piece

  static constexpr std::uint64_t unbounded = ~std::uint64_t{0};

  static Place nowhere(std::string why);
  static Place in_memory(Code address);
  static Place in_register(unsigned dwarf_number, std::uint64_t size);
  static Place computed(Code value, std::uint64_t size = 8);

  bool is_memory() const { return pieces.size() == 1 && pieces[0].kind == Piece::Kind::Memory; }
  bool is_nowhere() const { return pieces.empty() || pieces[0].kind == Piece::Kind::Missing; }
  /// Adds `piece` behind the others, at `offset`; what lies between is missing.
  void add(Piece piece, std::uint64_t offset);
};

/// DWARF numbers.
constexpr unsigned rax = 0, rdx = 1, rcx = 2, rbx = 3, rsi = 4, rdi = 5, rbp = 6, rsp = 7,
                   xmm0 = 17, st0 = 33, st1 = 34;

Piece register_piece(unsigned dwarf_number, std::uint64_t size);

/// `size` bytes from `offset` on.
Place cut(const Place& place, std::uint64_t offset, std::uint64_t size);

/// Pushes the lowest `size` (up to 8) bytes, zero-extended; nullopt: they are not there.
std::optional<Code> push(const Place& place, std::uint64_t size);

/// nullopt: it has no address.
std::optional<Code> address_of(const Place& place);

}  // namespace sidestep::symbols
