// One DWARF expression as a place. Internal to location.cpp.
#pragma once

#include <elfutils/libdw.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "symbols/location.hpp"
#include "symbols/place.hpp"

namespace sidestep::symbols {

class LocationReader {
 public:
  /// `attribute` is where the expression comes from; may be null if it has no operands of its own
  /// elsewhere (call frame information).
  LocationReader(const StopPoint& stop, Dwarf_Attribute* attribute)
      : stop_(stop), attribute_(attribute) {}

  Place read(std::span<const Dwarf_Op> operations);
  /// The expression computes a value, not a location: it is left on the stack.
  std::optional<Code> read_value(std::span<const Dwarf_Op> operations);

 private:
  enum class Now : std::uint8_t { Empty, Address, Value, Register, Missing };

  bool step(const Dwarf_Op& op);
  bool step_register(const Dwarf_Op& op);
  bool step_constant(const Dwarf_Op& op);
  bool step_stack(const Dwarf_Op& op);
  bool step_arithmetic(const Dwarf_Op& op);
  bool step_frame(const Dwarf_Op& op);
  bool step_special(const Dwarf_Op& op);
  bool entry_value(const Dwarf_Op& op);
  bool implicit_value(const Dwarf_Op& op);
  bool fail(const char* why) {
    why_ = why;
    return false;
  }
  void push(core::Op op) {
    code_.push_back(op);
    now_ = Now::Address;
  }
  bool push_register(std::uint64_t number, std::uint64_t offset);
  std::optional<Code> frame_base();
  std::optional<Code> call_frame();
  Piece finished(std::uint64_t size);

  const StopPoint& stop_;
  Dwarf_Attribute* attribute_;
  Code code_;
  Now now_ = Now::Empty;
  std::uint64_t register_ = 0;
  Place place_;
  std::string why_ = "optimised out";
};

}  // namespace sidestep::symbols
