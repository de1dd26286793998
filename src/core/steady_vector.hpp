// Grows at its end, and what is in it stays where it is. For what there may be many of and that
// stays: it lies in whole pages, so that what is allocated and freed in between leaves no holes.
#pragma once

#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

#include "core/page_allocator.hpp"

namespace sidestep::core {

template <class T>
class SteadyVector {
 public:
  SteadyVector() = default;
  SteadyVector(SteadyVector&&) = default;
  SteadyVector& operator=(SteadyVector&&) = default;  // no copies: their chunks would have no room

  T& push_back(T value) {
    if (size_ % chunk == 0) chunks_.emplace_back().reserve(chunk);
    ++size_;
    return chunks_.back().emplace_back(std::move(value));
  }
  T& operator[](std::size_t i) { return chunks_[i / chunk][i % chunk]; }
  const T& operator[](std::size_t i) const { return chunks_[i / chunk][i % chunk]; }
  std::size_t size() const { return size_; }

 private:
  // Some 256 KiB at a time: a page goes to waste between two, and those not written to are not
  // used.
  static constexpr std::size_t chunk = std::bit_floor((std::size_t{256} << 10) / sizeof(T));
  std::vector<std::vector<T, PageAllocator<T>>> chunks_;  // each of them full, but the last
  std::size_t size_ = 0;
};

}  // namespace sidestep::core
