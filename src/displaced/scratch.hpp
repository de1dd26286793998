// Scratch areas of one address space: where they go, and which bytes of them are taken. Slots are
// never freed: a thread may stand in one for as long as the process lives.
//
// An area outlives the session that mapped it, so it says itself what is in it:
//   64 bytes    header: magic, version, number of slots
//   ...         slots, from here upwards
//   16 bytes    entries, from the end downwards: site (8), offset of the slot (4), its length (4)
// A slot is written before its entry, the entry before the number that makes it count: a tracer
// that dies in between leaves a consistent area.
#pragma once

#include <unordered_map>
#include <vector>

#include "core/slot_source.hpp"

namespace sidestep::displaced {

class Scratch final : public core::SlotSource {
 public:
  explicit Scratch(const core::Architecture& arch) : arch_(arch) {}

  std::optional<Address> allocate(const core::Instruction& insn, std::size_t bytes) override;
  std::optional<AddressRange> choose_area(const core::Instruction& insn, std::size_t bytes,
                                          std::span<const core::Mapping> mappings) override;
  void add_area(AddressRange area) override;
  void avoid(AddressRange area) override { avoided_.push_back(area); }
  std::vector<Patch> enter(Address site, Address slot, std::size_t bytes) override;
  bool adopt(AddressRange area, std::span<const std::uint8_t> contents) override;
  std::optional<Left> left_for(Address site) const override;
  std::unique_ptr<SlotSource> clone() const override { return std::make_unique<Scratch>(*this); }

 private:
  struct Area {
    AddressRange range;
    Address free;               // everything below is taken
    std::uint32_t entries = 0;  // in the directory
    std::uint32_t given = 0;    // slots given out: each will need an entry
  };
  struct LeftSlot {
    Address at;
    std::vector<std::uint8_t> bytes;
  };

  bool usable(AddressRange candidate, const core::Instruction& insn) const;

  const core::Architecture& arch_;
  std::vector<Area> areas_;
  std::vector<AddressRange> avoided_;
  std::unordered_map<Address, LeftSlot> left_;  // by site, from earlier sessions
};

}  // namespace sidestep::displaced
