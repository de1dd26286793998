// May this address be a site? The checks that need no running engine: `list` uses them too.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "core/architecture.hpp"
#include "core/resolver.hpp"

namespace sidestep::core {

/// Bytes of the tracee (or of the file) from an instruction boundary on: the enclosing function's
/// start where that is known, otherwise the address itself.
struct CodeView {
  Address from;
  std::span<const std::uint8_t> bytes;
};

/// Decides by mapping, by restartable sequences, by instruction boundary and by the instruction
/// itself. Pure.
std::variant<Instruction, Refusal> examine(const Architecture& arch, const Location& where,
                                           const Module& module, std::span<const AddressRange> rseq,
                                           CodeView code);

/// The module's mapping that holds `address`; nullptr: none.
const Mapping* mapping_at(const Module& module, Address address);

}  // namespace sidestep::core
