// Bounded queue of one producer (the tracing thread) and one consumer (the output thread).
// Lossless: a full queue makes the producer wait, which slows the tracee and drops nothing.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>

namespace sidestep::core {

template <class T>
class Ring {
 public:
  /// `capacity` is rounded up to a power of two.
  explicit Ring(std::size_t capacity)
      : mask_(std::bit_ceil(capacity) - 1), items_(std::make_unique<T[]>(mask_ + 1)) {}

  /// Waits while the queue is full. Producer only.
  void push(const T& item) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    for (;;) {
      const std::size_t tail = tail_.load(std::memory_order_acquire);
      if (head - tail <= mask_) break;
      tail_.wait(tail, std::memory_order_acquire);
    }
    items_[head & mask_] = item;
    // seq_cst: the new head must be visible before `idle_` is read, or a consumer that is just
    // going to sleep would miss it.
    head_.store(head + 1, std::memory_order_seq_cst);
    if (idle_.load(std::memory_order_seq_cst)) {
      idle_.store(0);
      idle_.notify_one();
    }
  }

  /// False if empty. Consumer only.
  bool pop(T& item) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail == head_.load(std::memory_order_acquire)) return false;
    item = items_[tail & mask_];
    tail_.store(tail + 1, std::memory_order_release);
    tail_.notify_one();
    return true;
  }

  bool empty() const {
    return tail_.load(std::memory_order_acquire) == head_.load(std::memory_order_seq_cst);
  }

  /// Sleeps until there is something to pop. A producer pays for a wake-up only while this sleeps,
  /// so a busy consumer polls instead and comes here when nothing has arrived for long. Consumer
  /// only.
  void sleep_until_pushed() {
    idle_.store(1, std::memory_order_seq_cst);
    if (!empty()) {
      idle_.store(0);
      return;
    }
    idle_.wait(1, std::memory_order_seq_cst);
  }

 private:
  const std::size_t mask_;
  std::unique_ptr<T[]> items_;
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
  alignas(64) std::atomic<int> idle_{0};
};

}  // namespace sidestep::core
