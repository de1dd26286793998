// Grows at its end, and what is in it stays where it is.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

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
  static constexpr std::size_t chunk = 64;
  std::vector<std::vector<T>> chunks_;  // each of them full, but the last
  std::size_t size_ = 0;
};

}  // namespace sidestep::core
