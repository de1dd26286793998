#include "core/slot_map.hpp"

namespace sidestep::core {

const SlotMap SlotMap::none;

SlotMap::SlotMap(const SlotImage& image, Address site, Address next)
    : size_(static_cast<std::uint8_t>(image.bytes.size())),
      twin_offset_(image.twin_offset),
      twin_end_(image.twin_end) {
  for (const PcPoint& point : image.points) {
    Point& kept = points_[count_++];
    kept.offset = point.offset;
    kept.progress = point.progress;
    kept.goes = point.resume == site   ? Goes::Site
                : point.resume == next ? Goes::Next
                                       : Goes::Elsewhere;
  }
}

std::int32_t SlotMap::elsewhere(const SlotImage& image, Address site, Address next) {
  std::optional<Address> target;
  for (const PcPoint& point : image.points) {
    if (point.resume == site || point.resume == next) continue;
    if (target && *target != point.resume) __builtin_trap();  // no instruction has two
    target = point.resume;
  }
  const std::int64_t distance = target ? *target - next : 0;
  const auto kept = static_cast<std::int32_t>(distance);
  if (kept != distance) __builtin_trap();
  return kept;
}

}  // namespace sidestep::core
