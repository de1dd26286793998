// "Did you mean": picks the names nearest to a wanted one out of very many. Pure; keeps copies of
// the few best names only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sidestep::symbols {

class NearestNames {
 public:
  /// `wanted` may hold glob characters, which count for nothing.
  NearestNames(std::string_view wanted, std::size_t count);
  void consider(std::string_view name);
  std::vector<std::string> take() &&;  ///< best first

 private:
  struct Candidate {
    std::size_t cost = 0;
    std::string name;
    auto operator<=>(const Candidate&) const = default;
  };
  std::size_t cost(std::string_view name);

  std::string given_;
  std::string wanted_;  ///< given_ in lower case, without glob characters
  std::size_t count_;
  std::size_t limit_;   ///< edits beyond which nothing is similar
  std::string folded_;  ///< reused: the name at hand in lower case
  std::vector<std::size_t> rows_[3];
  std::vector<Candidate> best_;
};

/// Insertions, deletions, substitutions and swaps of neighbours, each once (optimal string
/// alignment); more than `limit` is given as limit + 1. `rows` is scratch space.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit,
                          std::vector<std::size_t> (&rows)[3]);

}  // namespace sidestep::symbols
