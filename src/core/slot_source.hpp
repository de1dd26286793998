// The seam to scratch memory: where slots may lie in one address space. Implemented by
// src/displaced.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/architecture.hpp"
#include "core/resolver.hpp"
#include "core/slot_directory.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

class SlotSource {
 public:
  virtual ~SlotSource() = default;

  static constexpr std::uint64_t alignment = 16;  ///< of each slot, in bytes

  /// Room for `bytes` within reach of what the instruction needs, in an area that is mapped
  /// already. Never given out twice: a thread may stand in a slot for ever.
  virtual std::optional<Address> allocate(const Instruction& insn, std::size_t bytes) = 0;

  /// Where a new area of at least `bytes` should be mapped so that `insn` can have a slot there.
  /// nullopt: nothing free is within reach.
  virtual std::optional<AddressRange> choose_area(const Instruction& insn, std::size_t bytes,
                                                  std::span<const Mapping> mappings) = 0;

  // --- what outlives a session: each area holds a directory of its slots, so that the next session
  // takes the slots over instead of mapping more memory ---

  static constexpr std::size_t entry_bytes = sizeof(SlotEntry);  ///< for each slot
  static constexpr std::uint64_t largest_area = 64ull << 20;     ///< bytes
  struct Patch {
    Address at;
    std::vector<std::uint8_t> bytes;
  };
  struct Left {
    Address at;
    std::span<const std::uint8_t> bytes;
  };
  struct LeftTrap {
    Address site;
    std::uint8_t original;
  };
  /// What has to be written, in this order, once the slot's own bytes are there. `entry.offset` is
  /// filled in.
  virtual std::vector<Patch> enter(SlotEntry entry, Address slot) = 0;
  /// Takes over an area of an earlier session; false: it is none.
  virtual bool adopt(AddressRange area, std::span<const std::uint8_t> contents) = 0;
  /// The slot that an earlier session left for this address.
  virtual std::optional<Left> left_for(Address site) const = 0;

  /// All sites of earlier sessions. One that was killed may have left its traps there.
  virtual std::vector<LeftTrap> left() const = 0;

  // --- a trap handler inside the tracee, for the time after the tracer (see ADR 9) ---

  /// Room for the handler in an area that is mapped; nullopt: none yet, or none left.
  virtual std::optional<Address> reserve_handler(std::size_t bytes) = 0;
  /// The handler is at `code`; it starts its search at the area whose address is in `first_area`.
  virtual void set_handler(Address code, Address first_area) = 0;
  /// Where a handler was put, by this session or an earlier one.
  virtual std::optional<Address> handler() const = 0;
  /// What has to be written for the handler to reach every area; nothing if it does already.
  virtual std::vector<Patch> link_areas() = 0;

  /// For a process that got a copy of the memory.
  virtual std::unique_ptr<SlotSource> clone() const = 0;

  virtual bool has_area() const = 0;
  /// A new area has been mapped there, readable and executable. What has to be written for a later
  /// session to know it, should this one end before it has a slot.
  virtual std::vector<Patch> add_area(AddressRange area) = 0;
  /// There is no memory where that slot should be.
  virtual void forget_area(Address slot) = 0;
  /// The kernel refused this place: don't choose it again.
  virtual void avoid(AddressRange area) = 0;
};

}  // namespace sidestep::core
