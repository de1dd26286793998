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

class CalledIn : public testing::TestWithParam<const char*> {};

TEST_P(CalledIn, EveryCallIsSeenAsTheProgramSaysItWas) {
  const std::string path = fixture(GetParam());
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "its compiler is not installed";
  const TracedCalls traced = trace_all(path);
  ASSERT_EQ(traced.error, "");
  ASSERT_GT(lines_of(traced.output).size(), 5u);
  std::string calls;
  for (const std::string& call : traced.calls) calls += call + "\n";
  EXPECT_EQ(calls, traced.output);
}

/// The line cut at commas and brackets.
std::vector<std::string> values_in(const std::string& line) {
  std::vector<std::string> values(1);
  for (const char c : line) {
    if (c == ',' || c == '(' || c == ')' || c == '{' || c == '}')
      values.emplace_back();
    else
      values.back() += c;
  }
  return values;
}

/// Where the compiler has left the calling convention, less is known, but nothing wrong is shown.
TEST(Called, NothingWrongIsShownOfOptimisedRust) {
  const std::string path = fixture("called-rust-O");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "its compiler is not installed";
  const TracedCalls traced = trace_all(path);
  ASSERT_EQ(traced.error, "");
  const std::vector<std::string> truth = lines_of(traced.output);
  ASSERT_EQ(traced.calls.size(), truth.size());
  unsigned shown = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const std::string& call = traced.calls[i];
    if (call.find('<') == std::string::npos) {
      EXPECT_EQ(call, truth[i]);
      ++shown;
      continue;
    }
    for (const std::string& value : values_in(call)) {
      const bool is_right = truth[i].find(value) != std::string::npos;
      EXPECT_TRUE(is_right || value.find('<') != std::string::npos) << call << " for " << truth[i];
    }
  }
  EXPECT_GT(shown, 0u);
}

std::string test_name(const testing::TestParamInfo<const char*>& file) {
  std::string name = file.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(C, CalledIn,
                         testing::Values("called-c-O0", "called-c-O2", "called-c-dwarf4",
                                         "called-c-gz", "called-c-split", "called-c-split4",
                                         "called-c-lto", "called-c-types", "called-c-clang-O0",
                                         "called-c-clang-O2"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Cxx, CalledIn,
                         testing::Values("called-cxx-O0", "called-cxx-O2", "called-cxx-dwarf4",
                                         "called-cxx-types", "called-cxx-lto", "called-cxx-split",
                                         "called-cxx-clang"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Others, CalledIn,
                         testing::Values("called-go", "called-go-N", "called-rust",
                                         "called-rust-v0"),
                         test_name);

}  // namespace
}  // namespace sidestep::symbols::test
