// `sidestep compare`: the whole claim as one table.
#include <gtest/gtest.h>

#include <sstream>

#include "support/run.hpp"

namespace sidestep::test {
namespace {

// The table's row of that mode as words.
std::vector<std::string> row(const std::string& table, const std::string& mode) {
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (!words.empty() && words[0] == mode) return words;
  }
  return {};
}

RunResult compare(const std::vector<std::string>& more) {
  std::vector<std::string> argv = {binary("sidestep"), "compare", "--truth",
                                   "arrivals",         "-x",      "target"};
  argv.insert(argv.end(), more.begin(), more.end());
  argv.insert(argv.end(), {"--", tracee("spin"), "4", "2000"});
  return run(argv, {.timeout_s = 90});
}

TEST(Compare, ExactModesAgreeWithTheTruthAndLiftDoesNot) {
  const RunResult result = compare({});
  const std::string all = result.out + result.err;
  EXPECT_EQ(result.exit_code, 0) << all;
  for (const char* mode : {"displaced", "displaced-single", "all-stop"}) {
    const auto words = row(result.out, mode);
    ASSERT_GE(words.size(), 4U) << mode << all;
    EXPECT_EQ(words[1], "8000") << mode << all;
    EXPECT_EQ(words[2], "8000") << mode << all;
    EXPECT_EQ(words[3], "0") << mode << all;
  }
  const auto lossy = row(result.out, "lift");
  ASSERT_GE(lossy.size(), 4U) << all;
  EXPECT_LT(std::stoul(lossy[1]), 8000U) << all;
  EXPECT_EQ(std::stoul(lossy[1]) + std::stoul(lossy[3]), 8000U) << all;
  EXPECT_FALSE(row(result.out, "untraced").empty()) << all;
}

TEST(Compare, OneRecordAModeInJson) {
  const RunResult result = compare({"--format", "jsonl", "--modes", "displaced,lift"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  unsigned records = 0;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with('{')) ++records;
  EXPECT_EQ(records, 2U) << result.out;
}

}  // namespace
}  // namespace sidestep::test
