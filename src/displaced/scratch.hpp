// Scratch areas of one address space: where they go, and which bytes of them are taken. Slots are
// never freed: a thread may stand in one for as long as the process lives.
#pragma once

#include <vector>

#include "core/slot_source.hpp"

namespace sidestep::displaced {

class Scratch final : public core::SlotSource {
 public:
  explicit Scratch(const core::Architecture& arch) : arch_(arch) {}

  std::optional<Address> allocate(const core::Instruction& insn, std::size_t bytes) override;
  std::optional<AddressRange> choose_area(const core::Instruction& insn, std::size_t bytes,
                                          std::span<const core::Mapping> mappings) override;
  void add_area(AddressRange area) override { areas_.push_back({area, area.begin}); }
  void avoid(AddressRange area) override { avoided_.push_back(area); }

 private:
  struct Area {
    AddressRange range;
    Address free;  // everything below is taken
  };

  bool usable(AddressRange candidate, const core::Instruction& insn) const;

  const core::Architecture& arch_;
  std::vector<Area> areas_;
  std::vector<AddressRange> avoided_;
};

}  // namespace sidestep::displaced
