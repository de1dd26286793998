// What a program had counted when it came to a sudden end: the file of tracee/dying and
// tracee/execs.
#pragma once

#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

#include "support/temporary_file.hpp"

namespace sidestep::test {

struct Counts {
  std::uint64_t begun = 0, done = 0;  // calls of all threads; hits lie between
};

inline Counts counts_in(const TemporaryFile& file) {
  const std::string bytes = file.read();
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(std::uint64_t));
  const auto half = words.begin() + static_cast<std::ptrdiff_t>(words.size() / 2);
  return {std::accumulate(words.begin(), half, std::uint64_t{0}),
          std::accumulate(half, words.end(), std::uint64_t{0})};
}

}  // namespace sidestep::test
