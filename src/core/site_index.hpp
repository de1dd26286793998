// Numbers of sites by what they are looked for by. Four bytes a site and a little more, where a
// node of a hash map takes ten times that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "core/page_allocator.hpp"
#include "core/steady_vector.hpp"

namespace sidestep::core {

inline constexpr std::uint32_t no_site = 0xffffffff;

/// Keys that lie close together (ids, places in scratch areas): one page of memory for each 1024.
class DenseIndex {
 public:
  std::uint32_t find(std::uint64_t key) const {
    if (key / page_keys != last_.key || !last_.page) {
      const auto found = pages_.find(key / page_keys);
      if (found == pages_.end()) return no_site;
      last_.key = found->first;
      last_.page = found->second;
    }
    return (*last_.page)[key % page_keys];
  }
  void set(std::uint64_t key, std::uint32_t number) {
    Page*& page = pages_[key / page_keys];
    if (!page) {
      page = &memory_.push_back({});
      page->fill(no_site);
    }
    (*page)[key % page_keys] = number;
  }
  void erase(std::uint64_t key) {
    if (const auto found = pages_.find(key / page_keys); found != pages_.end())
      (*found->second)[key % page_keys] = no_site;
  }

 private:
  static constexpr std::uint64_t page_keys = page_bytes / sizeof(std::uint32_t);
  using Page = std::array<std::uint32_t, page_keys>;
  /// What was found last: a hit asks for its site several times. Pages stay; they may move on with
  /// the whole index.
  struct Last {
    Last() = default;
    Last(Last&& other) noexcept { other.page = nullptr; }
    Last& operator=(Last&& other) noexcept {
      page = other.page = nullptr;
      return *this;
    }
    std::uint64_t key = 0;
    const Page* page = nullptr;
  };
  SteadyVector<Page> memory_;
  std::unordered_map<std::uint64_t, Page*> pages_;  // by key / page_keys
  mutable Last last_;
};

/// Any keys, which whoever asks can tell from a number: open addressing, linear probing.
class SparseIndex {
 public:
  /// `key_of(number)`: the key that a number was put in by.
  template <class KeyOf>
  std::uint32_t find(std::uint64_t key, KeyOf key_of) const {
    if (cells_.empty()) return no_site;
    for (std::size_t at = home(key);; at = behind(at))
      if (cells_[at] == no_site || key_of(cells_[at]) == key) return cells_[at];
  }
  template <class KeyOf>
  void add(std::uint64_t key, std::uint32_t number, KeyOf key_of) {
    if ((used_ + 1) * 8 > cells_.size() * 7) grow(key_of);
    ++used_;
    put(key, number);
  }
  /// What was put behind it because its own place was taken moves up.
  template <class KeyOf>
  void erase(std::uint64_t key, KeyOf key_of) {
    if (cells_.empty()) return;
    std::size_t hole = home(key);
    while (cells_[hole] != no_site && key_of(cells_[hole]) != key) hole = behind(hole);
    if (cells_[hole] == no_site) return;
    --used_;
    for (std::size_t at = behind(hole); cells_[at] != no_site; at = behind(at)) {
      const std::size_t wanted = home(key_of(cells_[at]));
      if (distance(wanted, at) < distance(hole, at)) continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole] = no_site;
  }

 private:
  std::size_t behind(std::size_t at) const { return (at + 1) & (cells_.size() - 1); }
  std::size_t distance(std::size_t from, std::size_t to) const {
    return (to - from) & (cells_.size() - 1);
  }
  /// Fibonacci hashing: the product's upper bits depend on all of the key's.
  std::size_t home(std::uint64_t key) const {
    return (key * 0x9e37'79b9'7f4a'7c15u >> 32) & (cells_.size() - 1);
  }
  void put(std::uint64_t key, std::uint32_t number) {
    std::size_t at = home(key);
    while (cells_[at] != no_site) at = behind(at);
    cells_[at] = number;
  }
  template <class KeyOf>
  void grow(KeyOf key_of) {
    const std::vector<std::uint32_t> before = std::move(cells_);
    cells_.assign(before.empty() ? 16 : before.size() * 2, no_site);
    for (const std::uint32_t number : before)
      if (number != no_site) put(key_of(number), number);
  }

  std::vector<std::uint32_t> cells_;  // a power of two of them
  std::size_t used_ = 0;
};

}  // namespace sidestep::core
