#include "cli/split_argv.hpp"

#include <gtest/gtest.h>

namespace sidestep::cli {
namespace {

using Words = std::vector<std::string>;

void expect_split(const Words& arguments, const Words& ours, const Words& rest) {
  const SplitArguments split = split_argv(arguments);
  EXPECT_EQ(split.ours, ours);
  EXPECT_EQ(split.rest, rest);
}

// The five that Boost.Program_options gets wrong by itself.

TEST(BoostCases, TheCommandsOptionsAreNotSwallowed) {
  expect_split({"-x", "f", "ls", "-l", "--mode", "lift"}, {"-xf"}, {"ls", "-l", "--mode", "lift"});
}

TEST(BoostCases, TheCommandsHelpIsNotAnswered) {
  expect_split({"-x", "f", "ls", "-h", "--help"}, {"-xf"}, {"ls", "-h", "--help"});
}

TEST(BoostCases, RepeatedShortFlagsAreExpanded) {
  expect_split({"-ttt", "-qq", "-x", "f", "ls"}, {"-t", "-t", "-t", "-q", "-q", "-xf"}, {"ls"});
}

TEST(BoostCases, NothingIsGuessed) {
  // Not taken for --mode, so "lift" is not its value.
  expect_split({"--mod", "lift"}, {"--mod"}, {"lift"});
}

TEST(BoostCases, AnOptionalValueNeverEatsTheCommand) {
  expect_split({"-x", "f", "-k", "ls", "-l"}, {"-xf", "-k"}, {"ls", "-l"});
  expect_split({"-k=5", "ls"}, {"-k=5"}, {"ls"});
  expect_split({"-qk", "ls"}, {"-q", "-k"}, {"ls"});
}

TEST(SplitArgv, AtTheDoubleDash) {
  expect_split({"-x", "f", "--", "-weird", "--help"}, {"-xf"}, {"-weird", "--help"});
  expect_split({"--", "--", "x"}, {}, {"--", "x"});
  expect_split({"-q", "--"}, {"-q"}, {});
}

TEST(SplitArgv, TheDoubleDashAfterTheCommandIsTheCommands) {
  expect_split({"-x", "f", "grep", "--", "-v"}, {"-xf"}, {"grep", "--", "-v"});
}

TEST(SplitArgv, ValuesMayLookLikeOptions) {
  expect_split({"-x", "-f", "-X", "--mode", "ls"}, {"-x-f", "-X--mode"}, {"ls"});
  expect_split({"--mode", "--strict", "ls"}, {"--mode=--strict"}, {"ls"});
}

TEST(SplitArgv, GluedValues) {
  expect_split({"-xmalloc", "-o|gzip", "--mode=lift", "ls"}, {"-xmalloc", "-o|gzip", "--mode=lift"},
               {"ls"});
  expect_split({"-qx", "f", "ls"}, {"-q", "-xf"}, {"ls"});
  expect_split({"-qxf", "ls"}, {"-q", "-xf"}, {"ls"});
}

TEST(SplitArgv, MissingValues) {
  expect_split({"-x"}, {"-x"}, {});
  expect_split({"-x", "--", "ls"}, {"-x"}, {"ls"});
  expect_split({"--mode", "--", "ls"}, {"--mode"}, {"ls"});
}

TEST(SplitArgv, UnknownOptionsTakeNoValue) {
  expect_split({"-qZrest", "-x", "f"}, {"-q", "-Zrest", "-xf"}, {});
  expect_split({"--nonsense", "x"}, {"--nonsense"}, {"x"});
}

TEST(SplitArgv, ALoneDashAndAnEmptyWordAreCommands) {
  expect_split({"-q", "-"}, {"-q"}, {"-"});
  expect_split({"-q", "", "-v"}, {"-q"}, {"", "-v"});
}

TEST(SplitArgv, Nothing) {
  expect_split({}, {}, {});
}

}  // namespace
}  // namespace sidestep::cli
