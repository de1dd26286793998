#include "output/json_string.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace sidestep::output {
namespace {

constexpr char by_number = 'u';

/// By byte: what stands behind the backslash; 0: the byte stands for itself.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t control = 0; control < 0x20; ++control) table[control] = by_number;
  table['\b'] = 'b';
  table['\t'] = 't';
  table['\n'] = 'n';
  table['\f'] = 'f';
  table['\r'] = 'r';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

using Word = std::uint64_t;  // eight bytes that are looked at together

constexpr Word in_each_byte(std::uint8_t value) {
  return value * Word{0x0101'0101'0101'0101};
}

/// For `limit` up to 128.
constexpr bool any_below(Word bytes, std::uint8_t limit) {
  return ((bytes - in_each_byte(limit)) & ~bytes & in_each_byte(0x80)) != 0;
}

constexpr bool any_is(Word bytes, char wanted) {
  return any_below(bytes ^ in_each_byte(static_cast<std::uint8_t>(wanted)), 1);
}

bool all_plain(Word bytes) {
  return !any_below(bytes, 0x20) && !any_is(bytes, '"') && !any_is(bytes, '\\');
}

char* write_byte(char* to, char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  const char escape = escapes[byte];
  if (!escape) {
    *to++ = c;
    return to;
  }
  *to++ = '\\';
  *to++ = escape;
  if (escape != by_number) return to;
  constexpr char digits[] = "0123456789ABCDEF";
  for (const char digit : {'0', '0', digits[byte >> 4], digits[byte & 0xf]}) *to++ = digit;
  return to;
}

}  // namespace

char* write_json_string(char* to, std::string_view bytes) {
  *to++ = '"';
  const char *from = bytes.data(), *const end = from + bytes.size();
  for (Word word = 0; static_cast<std::size_t>(end - from) >= sizeof word; from += sizeof word) {
    std::memcpy(&word, from, sizeof word);
    if (all_plain(word)) {
      std::memcpy(to, &word, sizeof word);
      to += sizeof word;
    } else {
      for (std::size_t i = 0; i < sizeof word; ++i) to = write_byte(to, from[i]);
    }
  }
  while (from != end) to = write_byte(to, *from++);
  *to++ = '"';
  return to;
}

}  // namespace sidestep::output
