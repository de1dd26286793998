// Where in a slot a thread can be seen: what is kept of a SlotImage when its bytes are written. The
// slots of most instructions look like one of a few, so the sites share these.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include "core/relocation.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

class SlotMap {
 public:
  /// Where the threads of one site go on that are seen in its slot.
  struct Ways {
    Address site, next;
    std::int32_t elsewhere = 0;  ///< from `next`, in bytes: a branch's target
  };

  SlotMap() = default;
  /// Of the slot of the instruction at `site`, which ends at `next`.
  SlotMap(const SlotImage& image, Address site, Address next);
  /// The one target that an instruction can have besides the next one. Within 32 bits: that is what
  /// a branch can encode.
  static std::int32_t elsewhere(const SlotImage& image, Address site, Address next);
  /// Of no slot at all.
  static const SlotMap none;

  std::size_t size() const { return size_; }  ///< of slot and twin together, in bytes
  std::uint8_t twin_offset() const { return twin_offset_; }  ///< 0: no twin
  std::uint8_t twin_end() const { return twin_end_; }        ///< as in SlotImage
  bool in_twin(std::uint64_t offset) const { return twin_offset_ && offset >= twin_offset_; }
  /// nullopt: no thread is ever seen there.
  std::optional<PcPoint> at(std::uint64_t offset, const Ways& ways) const;

  auto operator<=>(const SlotMap&) const = default;

 private:
  enum class Goes : std::uint8_t { Site, Next, Elsewhere };
  struct Point {
    std::uint8_t offset = 0;
    PcPoint::Progress progress : 4 = PcPoint::Progress::NotStarted;
    Goes goes : 4 = Goes::Site;
    auto operator<=>(const Point&) const = default;
  };
  static_assert(sizeof(Point) == 2);

  std::array<Point, SlotImage::max_points> points_{};
  std::uint8_t count_ = 0;
  std::uint8_t size_ = 0, twin_offset_ = 0, twin_end_ = 0;
};
static_assert(sizeof(SlotMap) == 16);

inline std::optional<PcPoint> SlotMap::at(std::uint64_t offset, const Ways& ways) const {
  for (const Point& point : std::span(points_).first(count_)) {
    if (point.offset != offset) continue;
    const auto distance = static_cast<std::uint64_t>(std::int64_t{ways.elsewhere});
    const Address resume = point.goes == Goes::Site   ? ways.site
                           : point.goes == Goes::Next ? ways.next
                                                      : ways.next + distance;
    return PcPoint{point.offset, point.progress, resume};
  }
  return std::nullopt;
}

/// Holds each different one once, for as long as it lives itself.
class SlotMaps {
 public:
  const SlotMap* keep(const SlotMap& map) { return &*maps_.insert(map).first; }

 private:
  std::set<SlotMap> maps_;
};

}  // namespace sidestep::core
