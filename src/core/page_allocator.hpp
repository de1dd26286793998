// Memory that shares no page with anything else. A heap takes the places between what stays and
// what goes for granted, but can only give back whole pages: what is arranged in between keeps
// them.
#pragma once

#include <cstddef>
#include <new>

namespace sidestep::core {

inline constexpr std::size_t page_bytes = 4096;

template <class T>
struct PageAllocator {
  using value_type = T;

  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>&) {
  }  // NOLINT(google-explicit-constructor): as the standard wants it

  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new(whole_pages(n * sizeof(T)), alignment));
  }
  void deallocate(T* p, std::size_t) noexcept { ::operator delete(p, alignment); }
  bool operator==(const PageAllocator&) const = default;

 private:
  static constexpr std::align_val_t alignment{page_bytes};
  static constexpr std::size_t whole_pages(std::size_t bytes) {
    return (bytes + page_bytes - 1) / page_bytes * page_bytes;
  }
};

}  // namespace sidestep::core
