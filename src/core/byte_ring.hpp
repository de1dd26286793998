// Bounded queue of bytes of one producer and one consumer, beside a Ring of records: what a record
// says about its payload's length is read from here. Lossless: a full queue makes the producer
// wait. The record is pushed first, so that a payload may be longer than the queue.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

namespace sidestep::core {

class ByteRing {
 public:
  /// `capacity` is rounded up to a power of two.
  explicit ByteRing(std::size_t capacity)
      : mask_(std::bit_ceil(capacity) - 1),
        bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(mask_ + 1)) {}

  /// Producer only.
  void push(std::span<const std::uint8_t> from) {
    std::size_t head = head_.load(std::memory_order_relaxed);
    while (!from.empty()) {
      const std::size_t tail = tail_.load(std::memory_order_acquire);
      const std::size_t piece = contiguous(head, mask_ + 1 - (head - tail), from.size());
      if (!piece) {
        tail_.wait(tail, std::memory_order_acquire);
        continue;
      }
      std::memcpy(&bytes_[head & mask_], from.data(), piece);
      head += piece;
      head_.store(head, std::memory_order_release);
      head_.notify_one();
      from = from.subspan(piece);
    }
  }

  /// Fills `to`, waiting for what has not been pushed yet. Consumer only.
  void pop(std::span<std::uint8_t> to) {
    std::size_t tail = tail_.load(std::memory_order_relaxed);
    while (!to.empty()) {
      const std::size_t head = head_.load(std::memory_order_acquire);
      const std::size_t piece = contiguous(tail, head - tail, to.size());
      if (!piece) {
        head_.wait(head, std::memory_order_acquire);
        continue;
      }
      std::memcpy(to.data(), &bytes_[tail & mask_], piece);
      tail += piece;
      tail_.store(tail, std::memory_order_release);
      tail_.notify_one();
      to = to.subspan(piece);
    }
  }

 private:
  std::size_t contiguous(std::size_t at, std::size_t available, std::size_t wanted) const {
    return std::min({available, wanted, mask_ + 1 - (at & mask_)});
  }

  const std::size_t mask_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace sidestep::core
