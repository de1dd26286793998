// Scratch areas of one address space: where they go, and which bytes of them are taken. Slots are
// never freed: a thread may stand in one for as long as the process lives.
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
  bool has_area() const override { return !areas_.empty(); }
  std::vector<Patch> add_area(AddressRange area) override;
  void forget_area(Address slot) override {
    std::erase_if(areas_, [&](const Area& area) { return area.range.contains(slot); });
  }
  void avoid(AddressRange area) override { avoided_.push_back(area); }
  std::vector<Patch> enter(core::SlotEntry entry, Address slot) override;
  bool adopt(AddressRange area, std::span<const std::uint8_t> contents) override;
  std::optional<Left> left_for(Address site) const override;
  std::vector<LeftTrap> left() const override;
  std::optional<Address> reserve_handler(std::size_t bytes) override;
  void set_handler(Address code, Address first_area) override;
  std::optional<Address> handler() const override;
  std::vector<Patch> link_areas() override;
  std::unique_ptr<SlotSource> clone() const override { return std::make_unique<Scratch>(*this); }

 private:
  struct Area {
    AddressRange range;
    Address free;               // everything below is taken
    std::uint32_t entries = 0;  // in the directory
    std::uint32_t given = 0;    // slots given out: each will need an entry
    Address handler;            // the trap handler, if it is here
  };
  struct LeftSlot {
    Address at;
    std::vector<std::uint8_t> bytes;
    Address entry;
    std::uint8_t original = 0;
  };

  core::SlotAreaHeader header_of(std::size_t area) const;
  bool usable(AddressRange candidate, const core::Instruction& insn) const;

  const core::Architecture& arch_;
  std::vector<Area> areas_;
  std::vector<AddressRange> avoided_;
  std::unordered_map<Address, LeftSlot> left_;  // by site, from earlier sessions
  Address first_area_;                          // the handler's word
  bool linked_ = true;                          // the handler reaches every area
};

}  // namespace sidestep::displaced
