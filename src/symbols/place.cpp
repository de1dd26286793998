#include "symbols/place.hpp"

#include <algorithm>

namespace sidestep::symbols {
namespace {

using C = core::Op::Code;
using Kind = Piece::Kind;

constexpr std::uint64_t word = 8;

void narrow(Code& code, std::uint64_t size) {
  if (size < word) code.push_back(make_op(C::ZeroExtend, 0, size));
}

void shift_right(Code& code, std::uint64_t bytes) {
  if (bytes == 0) return;
  code.push_back(constant(bytes * 8));
  code.push_back(make_op(C::ShiftRight));
}

Code address_in(const Piece& piece) {
  Code code = piece.code;
  add_constant(code, piece.skip);
  return code;
}

std::optional<Code> push_piece(const Piece& piece, std::uint64_t size) {
  Code code;
  switch (piece.kind) {
    case Kind::General:
      code.push_back(general_register(piece.index));
      break;
    case Kind::Value:
      code = piece.code;
      break;
    case Kind::Vector:
      if (piece.index >= st0) return std::nullopt;  // not by pieces
      code.push_back(make_op(C::Vector, piece.skip, size, piece.index));
      return code;
    case Kind::Memory:
      code = address_in(piece);
      code.push_back(make_op(C::Load, 0, size));
      return code;
    case Kind::Missing:
      return std::nullopt;
  }
  shift_right(code, piece.skip);
  narrow(code, size);
  return code;
}

}  // namespace

Place Place::nowhere(std::string why) {
  return {{Piece{Kind::Missing, 0, 0, unbounded, {}}}, std::move(why)};
}

Place Place::in_memory(Code address) {
  return {{Piece{Kind::Memory, 0, 0, unbounded, std::move(address)}}, ""};
}

Place Place::in_register(unsigned dwarf_number, std::uint64_t size) {
  return {{register_piece(dwarf_number, size)}, ""};
}

Place Place::computed(Code value, std::uint64_t size) {
  return {{Piece{Kind::Value, 0, 0, size, std::move(value)}}, ""};
}

void Place::add(Piece piece, std::uint64_t offset) {
  std::uint64_t end = 0;
  for (const Piece& p : pieces) end += p.size;
  if (end < offset) pieces.push_back({Kind::Missing, 0, 0, offset - end, {}});
  pieces.push_back(std::move(piece));
}

Piece register_piece(unsigned dwarf_number, std::uint64_t size) {
  const bool general = dwarf_number < xmm0;
  return {general ? Kind::General : Kind::Vector,
          static_cast<std::uint16_t>(dwarf_number),
          0,
          size,
          {}};
}

Place cut(const Place& place, std::uint64_t offset, std::uint64_t size) {
  Place out{{}, place.missing};
  std::uint64_t begin = 0;
  for (const Piece& whole : place.pieces) {
    const std::uint64_t end =
        whole.size == Place::unbounded ? Place::unbounded : begin + whole.size;
    if (end > offset && begin < offset + size) {
      Piece piece = whole;
      const std::uint64_t from = std::max(begin, offset);
      piece.skip += from - begin;
      piece.size = std::min(end, offset + size) - from;
      out.pieces.push_back(std::move(piece));
    }
    begin = end;
  }
  return out.pieces.empty() ? Place::nowhere(place.missing) : out;
}

std::optional<Code> push(const Place& place, std::uint64_t size) {
  if (size > word) return std::nullopt;
  Code code;
  std::uint64_t done = 0;
  for (const Piece& piece : place.pieces) {
    if (done >= size) break;
    const std::uint64_t part = std::min(piece.size, size - done);
    const auto value = push_piece(piece, part);
    if (!value) return std::nullopt;
    append(code, *value);
    if (done > 0) {
      code.push_back(constant(done * 8));
      code.push_back(make_op(C::ShiftLeft));
      code.push_back(make_op(C::Or));
    }
    done += part;
  }
  return done == size ? std::optional(code) : std::nullopt;
}

std::optional<Code> address_of(const Place& place) {
  if (!place.is_memory()) return std::nullopt;
  return address_in(place.pieces[0]);
}

}  // namespace sidestep::symbols
