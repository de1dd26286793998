#include "displaced/scratch.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace sidestep::displaced {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t granule = core::SlotSource::alignment;
constexpr std::uint64_t least_area = 16 * page;      // room for later modules nearby
constexpr std::uint64_t lowest = 0x10000;            // vm.mmap_min_addr as Linux sets it
constexpr std::uint64_t highest = 0x7fff'ffff'f000;  // 47 bits, one guard page below the end
// The heap grows up and the stack down into what is free now; keep well away from both.
constexpr std::uint64_t heap_room = 1ull << 30;
constexpr std::uint64_t stack_room = 256ull << 20;
constexpr std::uint64_t handler_room = 512;  // of the trap handler, with its data
// Code is jumped back to with rel32 where it is this near; farther works too, a little slower.
constexpr std::uint64_t near_code = 0x7000'0000;

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

using core::SlotAreaHeader;
using core::SlotEntry;
constexpr std::uint64_t header_bytes = SlotAreaHeader::reserved_bytes;

template <class T>
core::SlotSource::Patch patch(Address at, const T& value) {
  core::SlotSource::Patch p{at, std::vector<std::uint8_t>(sizeof value)};
  std::memcpy(p.bytes.data(), &value, sizeof value);
  return p;
}

template <class T>
T read_at(std::span<const std::uint8_t> contents, std::size_t offset) {
  T value;
  std::memcpy(&value, contents.data() + offset, sizeof value);
  return value;
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
    const std::uint64_t directory = (area.given + 1) * entry_bytes;
    if (area.range.end.value - area.free.value < need + directory) continue;
    if (!arch_.reaches(insn, area.free)) continue;
    if (distance(area.free.value, insn.site.value) > near_code) continue;
    const Address slot = area.free;
    area.free = area.free + need;
    ++area.given;
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
  const std::uint64_t size = std::max(round_up(bytes + header_bytes, page), least_area);
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

std::vector<core::SlotSource::Patch> Scratch::add_area(AddressRange area) {
  const auto same = [&](const Area& known) { return known.range.begin == area.begin; };
  if (std::any_of(areas_.begin(), areas_.end(), same)) return {};
  areas_.push_back({area, area.begin + header_bytes, 0, 0, {}});
  linked_ = false;
  return {patch(area.begin, header_of(areas_.size() - 1))};
}

/// Each area names the one before it, so that all can be reached from the last.
SlotAreaHeader Scratch::header_of(std::size_t area) const {
  SlotAreaHeader header;
  header.entries = areas_[area].entries;
  header.size = areas_[area].range.size();
  header.next = area ? areas_[area - 1].range.begin.value : 0;
  header.handler = areas_[area].handler.value;
  return header;
}

std::vector<core::SlotSource::Patch> Scratch::enter(SlotEntry entry, Address slot) {
  for (std::size_t i = 0; i < areas_.size(); ++i) {
    Area& area = areas_[i];
    if (!area.range.contains(slot)) continue;
    std::vector<Patch> patches;
    // The code at this address is not what it was: the old slot must not be found any more.
    if (const auto old = left_.find({entry.site}); old != left_.end())
      patches.push_back(patch(old->second.entry, std::uint64_t{0}));
    entry.offset = static_cast<std::uint32_t>(slot - area.range.begin);
    ++area.entries;
    patches.push_back(patch(area.range.end - area.entries * entry_bytes, entry));
    patches.push_back(patch(area.range.begin, header_of(i)));
    return patches;
  }
  return {};
}

bool Scratch::adopt(AddressRange range, std::span<const std::uint8_t> contents) {
  if (contents.size() < header_bytes) return false;
  const auto header = read_at<SlotAreaHeader>(contents, 0);
  const bool fits = header.entries <= (contents.size() - header_bytes) / entry_bytes;
  if (header.magic != SlotAreaHeader::magic_value || !fits) return false;
  if (header.version != SlotAreaHeader::current_version || header.size != contents.size())
    return false;
  Area area{range, range.begin + header_bytes, header.entries, header.entries, {header.handler}};
  if (range.contains(area.handler)) area.free = area.handler + round_up(handler_room, granule);
  for (std::uint32_t i = 1; i <= header.entries; ++i) {
    const auto entry = read_at<SlotEntry>(contents, contents.size() - i * entry_bytes);
    const std::uint64_t end = std::uint64_t{entry.offset} + entry.length;
    if (entry.offset < header_bytes || end > contents.size()) return false;
    area.free = std::max(area.free, range.begin + round_up(end, granule));
    if (!entry.site) continue;
    const auto bytes = contents.subspan(entry.offset, entry.length);
    left_[{entry.site}] = {range.begin + entry.offset,
                           {bytes.begin(), bytes.end()},
                           range.end - i * entry_bytes,
                           entry.original};
  }
  areas_.push_back(area);
  linked_ = false;
  return true;
}

std::vector<core::SlotSource::LeftTrap> Scratch::left() const {
  std::vector<LeftTrap> all;
  for (const auto& [site, slot] : left_) all.push_back({site, slot.original});
  return all;
}

std::optional<Address> Scratch::reserve_handler(std::size_t bytes) {
  if (bytes > handler_room) return std::nullopt;
  for (Area& area : areas_) {
    const std::uint64_t directory = area.given * entry_bytes;
    if (area.range.end.value - area.free.value < handler_room + directory) continue;
    const Address at = area.free;
    area.free = area.free + handler_room;
    return at;
  }
  return std::nullopt;
}

void Scratch::set_handler(Address code, Address first_area) {
  for (Area& area : areas_)
    if (area.range.contains(code)) area.handler = code;
  first_area_ = first_area;
  linked_ = false;
}

std::optional<Address> Scratch::handler() const {
  for (const Area& area : areas_)
    if (area.handler) return area.handler;
  return std::nullopt;
}

std::vector<core::SlotSource::Patch> Scratch::link_areas() {
  if (linked_ || !first_area_) return {};
  std::vector<Patch> patches;
  for (std::size_t i = 0; i < areas_.size(); ++i)
    patches.push_back(patch(areas_[i].range.begin, header_of(i)));
  patches.push_back(patch(first_area_, areas_.back().range.begin.value));
  linked_ = true;
  return patches;
}

std::optional<core::SlotSource::Left> Scratch::left_for(Address site) const {
  const auto found = left_.find(site);
  if (found == left_.end()) return std::nullopt;
  return Left{found->second.at, found->second.bytes};
}

}  // namespace sidestep::displaced
