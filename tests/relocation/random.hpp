// Random numbers that are the same on every machine, as the standard's distributions are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sidestep::test {

/// One step of splitmix64: also a good hash of a number.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e37'79b9'7f4a'7c15;
  x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9;
  x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11eb;
  return x ^ (x >> 31);
}

constexpr std::uint64_t hash_of(std::span<const std::uint8_t> bytes, std::uint64_t seed) {
  for (const std::uint8_t byte : bytes) seed = mixed(seed ^ byte);
  return seed;
}

class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    state_ += 0x9e37'79b9'7f4a'7c15;
    return mixed(state_);
  }
  constexpr std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  constexpr bool one_in(std::uint64_t n) { return below(n) == 0; }
  constexpr std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }
  void fill(std::span<std::uint8_t> bytes) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i, word >>= 8) {
      if (i % 8 == 0) word = next();
      bytes[i] = static_cast<std::uint8_t>(word);
    }
  }
  template <class T, std::size_t N>
  constexpr T one_of(const T (&items)[N]) {
    return items[below(N)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace sidestep::test
