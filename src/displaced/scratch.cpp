#include "displaced/scratch.hpp"

#include <algorithm>

namespace sidestep::displaced {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t granule = 16;                // as core::SiteTable looks slots up
constexpr std::uint64_t least_area = 16 * page;      // room for later modules nearby
constexpr std::uint64_t lowest = 0x10000;            // vm.mmap_min_addr as Linux sets it
constexpr std::uint64_t highest = 0x7fff'ffff'f000;  // 47 bits, one guard page below the end
// The heap grows up and the stack down into what is free now; keep well away from both.
constexpr std::uint64_t heap_room = 1ull << 30;
constexpr std::uint64_t stack_room = 256ull << 20;
// Code is jumped back to with rel32 where it is this near; farther works too, a little slower.
constexpr std::uint64_t near_code = 0x7000'0000;

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

struct Gap {
  std::uint64_t begin, end;
};

/// The free ranges between mappings, less the room that heap and stack need.
std::vector<Gap> gaps_between(std::span<const core::Mapping> mappings) {
  std::vector<Gap> gaps;
  std::uint64_t from = lowest;
  for (const core::Mapping& m : mappings) {
    std::uint64_t to = std::min(m.range.begin.value, highest);
    if (m.path == "[stack]") to = to > stack_room ? to - stack_room : 0;
    if (from < to) gaps.push_back({from, to});
    from = std::max(from, m.range.end.value);
    if (m.path == "[heap]") from += heap_room;
  }
  if (from < highest) gaps.push_back({from, highest});
  return gaps;
}

std::uint64_t distance(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : b - a;
}

}  // namespace

std::optional<Address> Scratch::allocate(const core::Instruction& insn, std::size_t bytes) {
  const std::uint64_t need = round_up(bytes, granule);
  for (Area& area : areas_) {
    if (area.range.end.value - area.free.value < need) continue;
    if (!arch_.reaches(insn, area.free)) continue;
    if (distance(area.free.value, insn.site.value) > near_code) continue;
    const Address slot = area.free;
    area.free = area.free + need;
    return slot;
  }
  return std::nullopt;
}

bool Scratch::usable(AddressRange candidate, const core::Instruction& insn) const {
  const bool refused = std::any_of(avoided_.begin(), avoided_.end(), [&](const AddressRange& a) {
    return candidate.begin < a.end && a.begin < candidate.end;
  });
  return !refused && arch_.reaches(insn, candidate.begin) &&
         arch_.reaches(insn, candidate.end - page) &&
         distance(candidate.begin.value, insn.site.value) <= near_code;
}

/// The nearest place, below the code if it can be: above it the heap grows.
std::optional<AddressRange> Scratch::choose_area(const core::Instruction& insn, std::size_t bytes,
                                                 std::span<const core::Mapping> mappings) {
  const std::uint64_t size = std::max(round_up(bytes, page), least_area);
  const std::uint64_t site = insn.site.value;
  std::optional<AddressRange> best;
  const auto consider = [&](std::uint64_t begin) {
    const AddressRange candidate{{begin}, {begin + size}};
    if (!usable(candidate, insn)) return;
    if (!best || distance(begin, site) < distance(best->begin.value, site)) best = candidate;
  };
  for (const Gap& gap : gaps_between(mappings)) {
    if (gap.end - gap.begin < size + 2 * page) continue;
    // A page stays free on either side, so that a neighbour's overrun still faults.
    for (std::uint64_t step = 0; step < 8; ++step) {
      const std::uint64_t shift = step * size;
      if (gap.end - gap.begin < size + shift + 2 * page) break;
      if (gap.end <= site)
        consider((gap.end - page - size - shift) / page * page);
      else
        consider(round_up(gap.begin + page + shift, page));
    }
  }
  return best;
}

}  // namespace sidestep::displaced
