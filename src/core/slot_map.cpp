#include "core/slot_map.hpp"

#include <algorithm>

namespace sidestep::core {

SlotMap::SlotMap(const SlotImage& image, Address site, Address next)
    : size_(static_cast<std::uint8_t>(image.bytes.size())),
      twin_offset_(image.twin_offset),
      twin_end_(image.twin_end) {
  for (const PcPoint& point : image.points) {
    const Goes goes = point.resume == site   ? Goes::Site
                      : point.resume == next ? Goes::Next
                                             : Goes::Elsewhere;
    if (goes == Goes::Elsewhere) {
      if (elsewhere_ && elsewhere_ != point.resume) __builtin_trap();  // no instruction has two
      elsewhere_ = point.resume;
    }
    Point& kept = points_[count_++];
    kept.offset = point.offset;
    kept.progress = point.progress;
    kept.goes = goes;
  }
}

std::optional<PcPoint> SlotMap::at(std::uint64_t offset, Address site, Address next) const {
  const auto end = points_.begin() + count_;
  const auto found =
      std::find_if(points_.begin(), end, [&](const Point& p) { return p.offset == offset; });
  if (found == end) return std::nullopt;
  const Address resume = found->goes == Goes::Site   ? site
                         : found->goes == Goes::Next ? next
                                                     : elsewhere_;
  return PcPoint{found->offset, found->progress, resume};
}

std::optional<Address> SlotMap::behind_twin(Address site, Address next) const {
  if (!twin_end_) return std::nullopt;
  const auto point = at(twin_end_, site, next);
  return point ? std::optional(point->resume) : std::nullopt;
}

}  // namespace sidestep::core
