// A site table of any size, as arming would make it: functions 64 bytes apart, slots on their grid.
#pragma once

#include "amd64/amd64.hpp"
#include "core/site_table.hpp"
#include "instructions.hpp"

namespace sidestep::bench {

inline Address site_address(std::uint64_t n) {
  return kSite + n * 64;
}

inline core::Site make_site(const core::Architecture& arch, std::uint64_t n) {
  static core::SlotMaps maps;
  core::Site site;
  const core::Instruction insn = analyzed(arch, samples()[1], site_address(n));
  std::copy(insn.bytes.begin(), insn.bytes.end(), site.bytes.begin());
  site.plan.id = static_cast<SiteId>(n + 1);
  site.plan.address = insn.site;
  site.plan.length = static_cast<std::uint8_t>(insn.bytes.size());
  site.plan.slot = kSlot + n * 32;
  const core::SlotImage image = arch.relocate(insn, site.plan.slot);
  site.slot_map = maps.keep(core::SlotMap(image, insn.site, insn.next()));
  site.armed = site.slot_written = true;
  return site;
}

inline core::SiteTable make_table(const core::Architecture& arch, std::uint64_t count) {
  core::SiteTable table;
  for (std::uint64_t n = 0; n < count; ++n) table.map_slot(table.add(make_site(arch, n)));
  return table;
}

// Visits 0 to count - 1 in an order that no prefetcher foresees; count is a power of ten or two.
class Wander {
 public:
  explicit Wander(std::uint64_t count) : count_(count) {}
  std::uint64_t next() { return (at_ = (at_ + 7919) % count_); }

 private:
  std::uint64_t count_, at_ = 0;
};

}  // namespace sidestep::bench
