// Bounded queue of one producer (the tracing thread) and one consumer (the output thread).
// Lossless: a full queue makes the producer wait, which slows the tracee and drops nothing.
#pragma once

#include <cstddef>
#include <memory>

#include "core/queue_ends.hpp"

namespace sidestep::core {

template <class T>
class Ring {
 public:
  /// `capacity` is rounded up to a power of two.
  explicit Ring(std::size_t capacity)
      : ends_(capacity), items_(std::make_unique<T[]>(ends_.capacity())) {}

  /// Waits while the queue is full. Producer only.
  void push(const T& item) {
    ends_.room();
    items_[ends_.slot(ends_.head())] = item;
    ends_.pushed(1);
  }

  /// False if empty. Consumer only.
  bool pop(T& item) {
    if (!ends_.filled()) return false;
    item = items_[ends_.slot(ends_.tail())];
    ends_.popped(1);
    return true;
  }

  /// Consumer only.
  bool empty() { return !ends_.filled(); }

  /// Sleeps until there is something to pop: for when nothing has come for long, as a busy consumer
  /// costs the producer less if it polls. Consumer only.
  void sleep_until_pushed() { ends_.sleep_until_filled(); }

 private:
  QueueEnds ends_;
  std::unique_ptr<T[]> items_;
};

}  // namespace sidestep::core
