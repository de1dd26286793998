#include "output/value_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "output/bytes.hpp"

namespace sidestep::output {
namespace {

constexpr std::uint32_t kNoCharacter = 0xfffd;

std::string utf8(std::uint32_t code) {
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (surrogate || code > 0x10ffff) code = kNoCharacter;
  const auto tail = [&](unsigned shift) {
    return static_cast<char>(0x80 | (code >> shift & 0x3f));
  };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

/// How many bytes a sequence has that begins so; 1 for what begins none.
std::size_t length_by_lead(std::uint8_t lead) {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

}  // namespace

std::string character_bytes(const Value::Character& character) {
  if (character.size > 1) return utf8(character.code);
  return {static_cast<char>(character.code & 0xff)};
}

std::string_view shown_bytes(const Value::Text& text) {
  const std::string_view bytes = text.bytes;
  if (!text.cut || is_utf8(bytes)) return bytes;
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const auto byte = static_cast<std::uint8_t>(bytes[bytes.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    return length_by_lead(byte) > back ? bytes.substr(0, bytes.size() - back) : bytes;
  }
  return bytes;
}

std::string hex_number(const Value::Bits& bits) {
  std::string text = "0x";
  auto digits = bits.bytes.rbegin();
  while (digits != bits.bytes.rend() && *digits == 0) ++digits;
  if (digits == bits.bytes.rend()) return "0x0";
  fmt::format_to(std::back_inserter(text), "{:x}", *digits);
  for (++digits; digits != bits.bytes.rend(); ++digits) {
    fmt::format_to(std::back_inserter(text), "{:02x}", *digits);
  }
  return text;
}

}  // namespace sidestep::output
