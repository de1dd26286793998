// The two ends of a bounded queue of one producer and one consumer, whatever it holds: positions
// that only grow, and who waits for whom. Lossless: a full queue makes the producer wait.
//
// Each side keeps to itself what it last saw of the other's end and looks again only when that is
// used up, as the line that holds it is the other CPU's. Room is given back in batches.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>

#include "core/sleeper.hpp"

namespace sidestep::core {

class QueueEnds {
 public:
  /// `capacity` is rounded up to a power of two.
  explicit QueueEnds(std::size_t capacity)
      : capacity_(std::bit_ceil(capacity)), batch_((capacity_ + 3) / 4) {}

  std::size_t capacity() const { return capacity_; }
  /// Where in an array of that size.
  std::size_t slot(std::size_t position) const { return position & (capacity_ - 1); }

  // --- producer ---
  std::size_t head() const { return producer_.head; }
  /// How many may be put at head(), one at least: waits for that.
  std::size_t room() {
    if (producer_.head - producer_.tail_seen == capacity_) wait_for_room();
    return capacity_ - (producer_.head - producer_.tail_seen);
  }
  void pushed(std::size_t count) {
    head_.store(producer_.head += count);
    consumer_sleeps_.wake();
  }

  // --- consumer ---
  std::size_t tail() const { return consumer_.tail; }
  /// How many may be taken from tail(), perhaps not all; 0: it is empty.
  std::size_t filled() {
    if (consumer_.tail == consumer_.head_seen) look_at_head();
    return consumer_.head_seen - consumer_.tail;
  }
  void popped(std::size_t count) {
    consumer_.tail += count;
    if (consumer_.tail - consumer_.tail_told >= batch_) give_back();
  }
  /// A producer pays for a wake-up only while this sleeps.
  void sleep_until_filled() {
    consumer_sleeps_.sleep_until([this] { return filled() > 0; });
  }

 private:
  void wait_for_room() {
    producer_sleeps_.sleep_until([this] {
      producer_.tail_seen = tail_.load();
      return producer_.head - producer_.tail_seen < capacity_;
    });
  }
  /// It may be that the producer waits for the room before it goes on.
  void look_at_head() {
    give_back();
    consumer_.head_seen = head_.load();
  }
  void give_back() {
    if (consumer_.tail == consumer_.tail_told) return;
    tail_.store(consumer_.tail_told = consumer_.tail);
    producer_sleeps_.wake();
  }

  struct Producer {
    std::size_t head = 0, tail_seen = 0;
  };
  struct Consumer {
    std::size_t tail = 0, head_seen = 0;
    std::size_t tail_told = 0;  ///< tail_, for ourselves
  };

  const std::size_t capacity_, batch_;
  alignas(64) Producer producer_;
  alignas(64) Consumer consumer_;
  alignas(64) std::atomic<std::size_t> head_{0};  // with both of these: Sleeper says why seq_cst
  alignas(64) std::atomic<std::size_t> tail_{0};
  Sleeper producer_sleeps_, consumer_sleeps_;
};

}  // namespace sidestep::core
