// Where in a slot a thread can be seen: what is kept of a SlotImage when its bytes are written.
// In as few bytes as it takes, since there may be a hundred thousand of these.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/relocation.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

class SlotMap {
 public:
  SlotMap() = default;
  /// Of the slot of the instruction at `site`, which ends at `next`.
  SlotMap(const SlotImage& image, Address site, Address next);

  std::size_t size() const { return size_; }  ///< of slot and twin together, in bytes
  std::uint8_t twin_offset() const { return twin_offset_; }  ///< 0: no twin
  std::uint8_t twin_end() const { return twin_end_; }        ///< as in SlotImage
  bool in_twin(std::uint64_t offset) const { return twin_offset_ && offset >= twin_offset_; }
  /// nullopt: no thread is ever seen there.
  std::optional<PcPoint> at(std::uint64_t offset, Address site, Address next) const;
  /// Where a thread at the twin's end goes on; nullopt: no twin.
  std::optional<Address> behind_twin(Address site, Address next) const;

 private:
  enum class Goes : std::uint8_t { Site, Next, Elsewhere };
  struct Point {
    std::uint8_t offset;
    PcPoint::Progress progress : 4;
    Goes goes : 4;
  };
  static_assert(sizeof(Point) == 2);

  std::array<Point, SlotImage::max_points> points_{};
  std::uint8_t count_ = 0;
  std::uint8_t size_ = 0, twin_offset_ = 0, twin_end_ = 0;
  Address elsewhere_;  // a branch has one target besides the next instruction
};
static_assert(sizeof(SlotMap) == 24);

}  // namespace sidestep::core
