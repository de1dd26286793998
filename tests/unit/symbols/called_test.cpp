// What functions were called with and what they returned, as told by debug information and calling
// conventions, against what the programs say themselves (tracee/called.*), in every form in which
// compilers write it down.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "loaded_file.hpp"
#include "traced_calls.hpp"

namespace sidestep::symbols::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The names in front of the brackets, each once.
std::vector<core::ProbeSpec> functions_in(const std::vector<std::string>& lines) {
  std::set<std::string> names;
  for (const std::string& line : lines) names.insert(line.substr(0, line.find('(')));
  std::vector<core::ProbeSpec> probes;
  for (const std::string& name : names) probes.push_back(whole_call(name));
  return probes;
}

/// Runs it once untraced to see which functions there are.
TracedCalls trace_all(const std::string& path) {
  std::string output;
  FILE* untraced = ::popen(path.c_str(), "r");
  char buffer[512];
  while (untraced && std::fgets(buffer, sizeof buffer, untraced)) output += buffer;
  if (untraced) ::pclose(untraced);
  return trace_calls(path, functions_in(lines_of(output)));
}

class Called : public testing::TestWithParam<const char*> {};

TEST_P(Called, EveryCallIsSeenAsTheProgramSaysItWas) {
  const std::string path = fixture(GetParam());
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "its compiler is not installed";
  const TracedCalls traced = trace_all(path);
  ASSERT_EQ(traced.error, "");
  const std::vector<std::string> truth = lines_of(traced.output);
  ASSERT_GT(truth.size(), 5u);
  EXPECT_EQ(traced.calls, truth);
}

std::string test_name(const testing::TestParamInfo<const char*>& file) {
  std::string name = file.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(C, Called,
                         testing::Values("called-c-O0", "called-c-O2", "called-c-dwarf4",
                                         "called-c-gz", "called-c-split", "called-c-split4",
                                         "called-c-lto", "called-c-types", "called-c-clang-O0",
                                         "called-c-clang-O2"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Cxx, Called,
                         testing::Values("called-cxx-O0", "called-cxx-O2", "called-cxx-dwarf4",
                                         "called-cxx-types", "called-cxx-lto", "called-cxx-split",
                                         "called-cxx-clang"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Others, Called,
                         testing::Values("called-go", "called-go-N", "called-rust",
                                         "called-rust-O"),
                         test_name);

}  // namespace
}  // namespace sidestep::symbols::test
