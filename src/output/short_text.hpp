// Comparing and copying texts that are a few bytes long, as names and keys are, in registers: where
// a hit has a dozen of them, calls of memcmp and memcpy cost more than all else.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace sidestep::output {

/// The first and the last bytes of a text of `sizeof(Word)` to twice as many.
template <class Word>
struct Ends {
  explicit Ends(std::string_view text) {
    std::memcpy(&first, text.data(), sizeof first);
    std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
  }
  bool operator==(const Ends&) const = default;
  void write(char* to, std::size_t size) const {
    std::memcpy(to, &first, sizeof first);
    std::memcpy(to + size - sizeof last, &last, sizeof last);
  }
  Word first, last;
};

inline bool same_text(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() < 4 || a.size() > 16) return a == b;
  if (a.size() < 8) return Ends<std::uint32_t>(a) == Ends<std::uint32_t>(b);
  return Ends<std::uint64_t>(a) == Ends<std::uint64_t>(b);
}

/// Returns the end of the copy.
inline char* copy_text(char* to, std::string_view text) {
  if (text.size() < 4 || text.size() > 16)
    std::memcpy(to, text.data(), text.size());
  else if (text.size() < 8)
    Ends<std::uint32_t>(text).write(to, text.size());
  else
    Ends<std::uint64_t>(text).write(to, text.size());
  return to + text.size();
}

}  // namespace sidestep::output
