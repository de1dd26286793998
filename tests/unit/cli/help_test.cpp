#include "cli/help.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/option_table.hpp"

namespace sidestep::cli {
namespace {

TEST(Help, IsOneScreen) {
  std::istringstream lines{std::string(help_text())};
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_LE(line.size(), 84u) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
  EXPECT_LE(count, 56);
}

TEST(Help, NamesEveryOptionThatWorksAndNoOther) {
  const std::string text(help_text());
  for (const OptionSpec& spec : option_table()) {
    const std::string spelled = spec.spelled();
    bool named = false;
    for (auto at = text.find(spelled); at != std::string::npos; at = text.find(spelled, at + 1)) {
      const char next = text[at + spelled.size()];
      const bool starts = std::string(" \n,").find(text[at - 1]) != std::string::npos;
      named |= starts && std::string(" ,\n").find(next) != std::string::npos;
    }
    EXPECT_EQ(named, spec.unsupported.empty()) << spelled;
  }
}

TEST(Version, IsTheProjects) {
  EXPECT_EQ(version_text(), "sidestep 0.1.0\n");
}

}  // namespace
}  // namespace sidestep::cli
