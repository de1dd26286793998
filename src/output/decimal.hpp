// Whole numbers in decimal, for lines of which there are hundreds of thousands a second.
// std::to_chars takes two digits at a time, each pair of which waits for the one behind it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sidestep::output {

/// Room for write_decimal(), which may write behind what it says is the end.
constexpr std::size_t decimal_room = 24;

/// The digits' values, the first in the lowest byte; leading zeros too. Below 100,000,000.
constexpr std::uint64_t eight_digits(std::uint32_t value) {
  const std::uint64_t fours = value / 10'000 | std::uint64_t{value % 10'000} << 32;
  const std::uint64_t hundreds = fours * 10'486 >> 20 & 0x7f'0000'007f;  // by 100
  const std::uint64_t pairs = hundreds | (fours - hundreds * 100) << 16;
  const std::uint64_t tens = pairs * 103 >> 10 & 0xf'000f'000f'000f;  // by 10
  return tens | (pairs - tens * 10) << 8;
}

/// Returns the end.
inline char* write_decimal(char* to, std::uint64_t value) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t zeros = 0x3030'3030'3030'3030, limit = 100'000'000;
  const bool all_eight = value >= limit;
  if (all_eight) to = write_decimal(to, value / limit);
  const std::uint64_t digits = eight_digits(static_cast<std::uint32_t>(value % limit));
  // Zero has a digit.
  const int leading = all_eight ? 0 : std::countr_zero(digits | std::uint64_t{1} << 56) / 8;
  const std::uint64_t text = (digits | zeros) >> leading * 8;
  std::memcpy(to, &text, sizeof text);
  return to + sizeof text - leading;
}

}  // namespace sidestep::output
