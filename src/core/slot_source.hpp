// The seam to scratch memory: where slots may lie in one address space. Implemented by
// src/displaced.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

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

  // --- what outlives a session: each area holds a directory of its slots, so that the next session
  // takes the slots over instead of mapping more memory ---

  static constexpr std::size_t entry_bytes = 16;              ///< of the directory, for each slot
  static constexpr std::uint64_t largest_area = 64ull << 20;  ///< bytes
  struct Patch {
    Address at;
    std::vector<std::uint8_t> bytes;
  };
  struct Left {
    Address at;
    std::span<const std::uint8_t> bytes;
  };
  /// What has to be written, in this order, once the slot's own bytes are there.
  virtual std::vector<Patch> enter(Address site, Address slot, std::size_t bytes) = 0;
  /// Takes over an area of an earlier session; false: it is none.
  virtual bool adopt(AddressRange area, std::span<const std::uint8_t> contents) = 0;
  /// The slot that an earlier session left for this address.
  virtual std::optional<Left> left_for(Address site) const = 0;
  /// For a process that got a copy of the memory.
  virtual std::unique_ptr<SlotSource> clone() const = 0;

  /// A new area has been mapped there, readable and executable.
  virtual void add_area(AddressRange area) = 0;
  /// The kernel refused this place: don't choose it again.
  virtual void avoid(AddressRange area) = 0;
};

}  // namespace sidestep::core
