// The control of the differential test: relocators that are broken on purpose have to be noticed,
// each of them, by running what they make of the corpus.
#include <gtest/gtest.h>

#include "amd64/amd64.hpp"
#include "mutants.hpp"
#include "tester.hpp"

namespace sidestep::test {
namespace {

const std::vector<Encoding>& corpus() {
  static const auto made = make_corpus({1, 1});
  return made;
}

/// What became of a mutant.
struct Hunt {
  std::size_t tried = 0;
  bool noticed = false;
  bool known_here = false;    ///< this processor runs instructions of that class
  bool shows_fpu_ip = false;  ///< and keeps the address of x87 instructions
  std::string by;
};

Hunt hunt(Tester& tester, const core::Architecture& sound, const Mutant& mutant, Extent extent) {
  const auto broken = mutated(sound, mutant);
  Hunt out;
  for (const Encoding& encoding : corpus()) {
    if (!mutant.concerns(*decode(encoding.bytes()))) continue;
    if (++out.tried > 400) break;
    const Result result = tester.test_as(*broken, encoding, extent);
    out.known_here |= result.native <= Native::Faults;
    out.shows_fpu_ip |= result.shows_fpu_ip;
    if (result.differences.empty()) continue;
    out.noticed = true;
    out.by = result.differences.front().where + "\n    " + result.differences.front().what;
    break;
  }
  return out;
}

void expect_noticed(Tester& tester, const core::Architecture& sound, const Mutant& mutant) {
  SCOPED_TRACE(mutant.name);
  Extent extent;
  extent.structure = false;  // by running it
  extent.all_ways = true;
  Hunt found = hunt(tester, sound, mutant, extent);
  ASSERT_GT(found.tried, 0u) << "nothing of that class in the corpus";
  const bool is_x87 = std::string(mutant.name).starts_with("x87");
  if (is_x87 && !found.noticed && !found.shows_fpu_ip) {
    std::cout << mutant.name << ": this processor does not keep the address\n";
    return;
  }
  if (!found.noticed && !found.known_here) {
    extent.structure = true;  // by reading it
    found = hunt(tester, sound, mutant, extent);
  }
  EXPECT_TRUE(found.noticed) << "survived " << found.tried << " encodings";
  std::cout << mutant.name << ": " << found.tried << " encodings, then " << found.by << '\n';
}

/// One test for all, as the corpus is made anew in each process.
TEST(Mutation, EachIsNoticed) {
  const auto sound = amd64::make_architecture();
  Tester tester(*sound);
  for (const Mutant& mutant : mutants()) expect_noticed(tester, *sound, mutant);
}

}  // namespace
}  // namespace sidestep::test
