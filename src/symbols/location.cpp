#include "symbols/location.hpp"

#include <dwarf.h>

#include <algorithm>
#include <cstring>

#include "symbols/location_reader.hpp"
#include "symbols/value_type.hpp"

namespace sidestep::symbols {
namespace {

constexpr const char* optimised_out = "optimised out";

/// Owns nothing: libdw keeps what it has parsed.
struct Expression {
  Dwarf_Attribute attribute{};
  std::span<const Dwarf_Op> operations;
};

std::optional<Expression> location_at(const StopPoint& stop, Dwarf_Die* entry) {
  Expression expression;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (!dwarf_attr_integrate(entry, DW_AT_location, &expression.attribute) ||
      dwarf_getlocation_addr(&expression.attribute, stop.address, &operations, &count, 1) != 1)
    return std::nullopt;
  expression.operations = {operations, count};
  return expression;
}

std::optional<Place> constant_of(Dwarf_Die* entry) {
  Dwarf_Attribute found;
  if (!dwarf_attr_integrate(entry, DW_AT_const_value, &found)) return std::nullopt;
  Dwarf_Block block;
  std::uint64_t value = 0;
  if (dwarf_formblock(&found, &block) == 0) {
    if (block.length > sizeof value) return std::nullopt;
    std::memcpy(&value, block.data, block.length);
    return Place::computed({constant(value)});
  }
  const auto number = signed_constant(&found);
  if (!number) return std::nullopt;
  return Place::computed({constant(static_cast<std::uint64_t>(*number))});
}

bool is_block(Dwarf_Attribute& location) {
  Dwarf_Block block;
  return dwarf_formblock(&location, &block) == 0;
}

/// Whether the location holds at the entry already: registers, the caller's part of the stack, but
/// not a slot that the function fills first.
bool holds_at_entry(std::span<const Dwarf_Op> operations, bool is_go) {
  const auto holds = [&](const Dwarf_Op& op) {
    const auto offset = static_cast<std::int64_t>(op.number);
    switch (op.atom) {
      case DW_OP_fbreg:  // Go's functions may store register parameters there, too
        return offset >= 0 && !is_go;
      case DW_OP_call_frame_cfa:
        return !is_go;
      case DW_OP_breg6:
        return false;
      case DW_OP_breg7:
        return offset >= 8;
      default:
        return true;
    }
  };
  return !operations.empty() && std::all_of(operations.begin(), operations.end(), holds);
}

/// An offset from a frame base other than the call frame address says nothing yet.
bool has_call_frame_base(Dwarf_Die function) {
  Dwarf_Attribute attribute;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  return function.addr && dwarf_attr(&function, DW_AT_frame_base, &attribute) &&
         dwarf_getlocation(&attribute, &operations, &count) == 0 && count == 1 &&
         operations[0].atom == DW_OP_call_frame_cfa;
}

bool uses_frame_base(std::span<const Dwarf_Op> operations) {
  return std::any_of(operations.begin(), operations.end(),
                     [](const Dwarf_Op& op) { return op.atom == DW_OP_fbreg; });
}

}  // namespace

Place place_of(const StopPoint& stop, Dwarf_Die* entry) {
  if (auto value = constant_of(entry)) return *value;
  auto expression = location_at(stop, entry);
  if (!expression) return Place::nowhere(optimised_out);
  return LocationReader(stop, &expression->attribute).read(expression->operations);
}

std::optional<Place> entry_place_of(const StopPoint& stop, Dwarf_Die* entry, Trust trust,
                                    bool is_go) {
  if (auto value = constant_of(entry)) return value;
  auto expression = location_at(stop, entry);
  if (!expression || !holds_at_entry(expression->operations, is_go)) return std::nullopt;
  if (trust == Trust::Lists && is_block(expression->attribute)) return std::nullopt;
  if (uses_frame_base(expression->operations) && !has_call_frame_base(stop.function))
    return std::nullopt;
  Place place = LocationReader(stop, &expression->attribute).read(expression->operations);
  const bool whole = std::none_of(place.pieces.begin(), place.pieces.end(),
                                  [](const Piece& p) { return p.kind == Piece::Kind::Missing; });
  return whole ? std::optional(std::move(place)) : std::nullopt;
}

bool has_slot(Dwarf_Die* entry) {
  Dwarf_Attribute location;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  return dwarf_attr_integrate(entry, DW_AT_location, &location) && is_block(location) &&
         dwarf_getlocation(&location, &operations, &count) == 0 && count > 0 &&
         (operations[0].atom == DW_OP_fbreg || operations[0].atom == DW_OP_breg7);
}

bool is_static(Dwarf_Die* entry) {
  Dwarf_Attribute attribute;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_hasattr(entry, DW_AT_const_value)) return true;
  return dwarf_attr_integrate(entry, DW_AT_location, &attribute) &&
         dwarf_getlocation(&attribute, &operations, &count) == 0 && count > 0 &&
         (operations[0].atom == DW_OP_addr || operations[0].atom == DW_OP_addrx ||
          operations[0].atom == DW_OP_GNU_addr_index);
}

}  // namespace sidestep::symbols
