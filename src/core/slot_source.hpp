// The seam to scratch memory: where slots may lie in one address space. Implemented by
// src/displaced.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "core/architecture.hpp"
#include "core/resolver.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

class SlotSource {
 public:
  virtual ~SlotSource() = default;

  /// Room for `bytes` within reach of what the instruction needs, in an area that is mapped
  /// already. Never given out twice: a thread may stand in a slot for ever.
  virtual std::optional<Address> allocate(const Instruction& insn, std::size_t bytes) = 0;

  /// Where a new area of at least `bytes` should be mapped so that `insn` can have a slot there.
  /// nullopt: nothing free is within reach.
  virtual std::optional<AddressRange> choose_area(const Instruction& insn, std::size_t bytes,
                                                  std::span<const Mapping> mappings) = 0;

  /// A new area has been mapped there, readable and executable.
  virtual void add_area(AddressRange area) = 0;
  /// The kernel refused this place: don't choose it again.
  virtual void avoid(AddressRange area) = 0;
};

}  // namespace sidestep::core
