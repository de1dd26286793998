#include "output/bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sidestep::output {
namespace {

/// Length of the well-formed sequence that `bytes` begins with; 0: none. `bytes` is not empty.
std::size_t sequence_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const std::uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xc2   ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || bytes.size() < length) return 0;
  // The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF.
  const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

bool is_plain(char c) {
  return c >= 0x20 && c < 0x7f;
}

/// C1 controls, U+0080 to U+009F: some terminals obey them in their UTF-8 form too.
bool is_c1_control(std::string_view sequence) {
  return sequence.size() == 2 && sequence[0] == '\xc2' &&
         static_cast<std::uint8_t>(sequence[1]) < 0xa0;
}

std::string escaped(char c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  return fmt::format("\\x{:02x}", static_cast<std::uint8_t>(c));
}

/// `next`: the byte behind, which must not be taken for one more digit; 0: none.
std::string c_escape(char c, char quote, char next) {
  static constexpr std::string_view kNamed = "\a\b\t\n\v\f\r";  // codes 7 to 13
  if (c == quote || c == '\\') return {'\\', c};
  if (c >= kNamed.front() && c <= kNamed.back()) {
    return {'\\', "abtnvfr"[c - kNamed.front()]};
  }
  const bool digit_follows = next >= '0' && next <= '9';
  return fmt::format("\\{:0{}o}", static_cast<std::uint8_t>(c), digit_follows ? 3 : 1);
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<std::uint8_t>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= count ? kDigits[group >> (18 - 6 * k) & 0x3f] : '=';
    }
  }
  return text;
}

std::string printable(std::string_view bytes) {
  if (std::all_of(bytes.begin(), bytes.end(), is_plain)) return std::string(bytes);
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    const std::string_view sequence = bytes.substr(0, std::max<std::size_t>(1, length));
    const bool control = sequence.size() == 1 ? !is_plain(sequence[0]) : is_c1_control(sequence);
    if (length == 0 || control) {
      for (const char c : sequence) text += escaped(c);
    } else {
      text += sequence;
    }
    bytes.remove_prefix(sequence.size());
  }
  return text;
}

std::string c_escaped(std::string_view bytes, char quote) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    const std::string_view sequence = bytes.substr(0, std::max<std::size_t>(1, length));
    bytes.remove_prefix(sequence.size());
    const char first = sequence[0];
    const bool single = sequence.size() == 1;
    if (single ? is_plain(first) && first != quote && first != '\\' : !is_c1_control(sequence)) {
      text += sequence;
      continue;
    }
    for (std::size_t i = 0; i < sequence.size(); ++i) {
      const std::string_view rest = i + 1 < sequence.size() ? sequence.substr(i + 1) : bytes;
      text += c_escape(sequence[i], quote, rest.empty() ? '\0' : rest[0]);
    }
  }
  return text;
}

}  // namespace sidestep::output
