// Bounded queue of bytes of one producer and one consumer, beside a Ring of records: what a record
// says about its payload's length is read from here. Lossless: a full queue makes the producer
// wait. The record is pushed first, so that a payload may be longer than the queue.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "core/queue_ends.hpp"

namespace sidestep::core {

class ByteRing {
 public:
  /// `capacity` is rounded up to a power of two.
  explicit ByteRing(std::size_t capacity)
      : ends_(capacity), bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(ends_.capacity())) {}

  /// Producer only.
  void push(std::span<const std::uint8_t> from) {
    while (!from.empty()) {
      const std::size_t room = ends_.room(), at = ends_.slot(ends_.head());
      const std::size_t piece = std::min({room, from.size(), ends_.capacity() - at});
      std::memcpy(&bytes_[at], from.data(), piece);
      ends_.pushed(piece);
      from = from.subspan(piece);
    }
  }

  /// Fills `to`, waiting for what has not been pushed yet. Consumer only.
  void pop(std::span<std::uint8_t> to) {
    while (!to.empty()) {
      ends_.sleep_until_filled();
      const std::size_t at = ends_.slot(ends_.tail());
      const std::size_t piece = std::min({ends_.filled(), to.size(), ends_.capacity() - at});
      std::memcpy(to.data(), &bytes_[at], piece);
      ends_.popped(piece);
      to = to.subspan(piece);
    }
  }

 private:
  QueueEnds ends_;
  std::unique_ptr<std::uint8_t[]> bytes_;
};

}  // namespace sidestep::core
