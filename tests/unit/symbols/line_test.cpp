// Source lines and inlined instances as places: with and without optimization, DWARF 4 and 5, in
// the file and split off.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "loaded_file.hpp"

namespace sidestep::symbols::test {
namespace {

unsigned line_of(const std::string& mark) {
  std::ifstream source(fixture_source("lines.cpp"));
  unsigned number = 0;
  for (std::string line; std::getline(source, line);)
    if (++number && line.ends_with("// line: " + mark)) return number;
  ADD_FAILURE() << "no line '" << mark << "'";
  return 0;
}

std::string at(const std::string& mark, const std::string& file = "lines.cpp") {
  return file + ":" + std::to_string(line_of(mark));
}

class Lines : public testing::TestWithParam<const char*> {
 protected:
  Found find(const std::string& probe) { return test::find(*resolver, module, probe); }
  /// Every place is what the line tables say it is, read in the other direction.
  void expect_lines(const Found& found, unsigned line) {
    for (const core::Location& location : found.findings.locations) {
      EXPECT_TRUE(location.is_boundary);
      EXPECT_TRUE(location.source_file.ends_with("/lines.cpp")) << location.source_file;
      EXPECT_EQ(location.source_line, line);
      // Optimized, several lines can begin at one instruction.
      if (std::string(GetParam()).find("O0") != std::string::npos) {
        EXPECT_EQ(resolver->describe(module, location.address).source_line, line);
      }
    }
  }
  core::Module module = module_of(fixture(GetParam()));
  std::unique_ptr<core::Resolver> resolver = make_resolver();
};

TEST_P(Lines, OfALoopsBody) {
  const Found found = find(at("body"));
  ASSERT_EQ(found.count(), 1u) << found.error;
  EXPECT_TRUE(found.only().function.starts_with("loop(int)")) << found.only().function;
  EXPECT_FALSE(found.only().inlined);
  EXPECT_TRUE(found.only().function_range.contains(found.only().address));
  expect_lines(found, line_of("body"));
  EXPECT_TRUE(found.findings.notes.empty());
}

TEST_P(Lines, InInlinedCodeAreAllInstances) {
  const Found found = find(at("inlined"));
  ASSERT_EQ(found.count(), 2u) << found.error;
  // Link-time optimization may leave a statement's mark just before its instance begins.
  const bool exact = std::string(GetParam()).find("lto") == std::string::npos;
  for (const core::Location& location : found.findings.locations) {
    EXPECT_TRUE(location.function_range.contains(location.address));
    if (!exact) continue;
    EXPECT_EQ(location.function, "step(int)");
    EXPECT_TRUE(location.inlined);
  }
  expect_lines(found, line_of("inlined"));
}

TEST_P(Lines, InATemplateAreAllInstances) {
  const Found found = find(at("template"));
  std::vector<std::string> names = found.functions();
  std::ranges::sort(names);
  ASSERT_EQ(names.size(), 2u) << found.error;  // the linker's may be clones
  EXPECT_TRUE(names[0].starts_with("pick<int>(int)")) << names[0];
  EXPECT_TRUE(names[1].starts_with("pick<long>(long)")) << names[1];
  expect_lines(found, line_of("template"));
}

TEST_P(Lines, WithoutCodeGiveTheNextThatHas) {
  const Found found = find(at("comment"));
  ASSERT_EQ(found.count(), 1u) << found.error;
  EXPECT_TRUE(found.only().function.starts_with("last(int)")) << found.only().function;
  EXPECT_EQ(found.only().address, found.only().function_range.begin);
  expect_lines(found, line_of("opening"));
  ASSERT_EQ(found.findings.notes.size(), 1u);
  EXPECT_EQ(found.findings.notes[0].text, at("comment") + " has no code: line " +
                                              std::to_string(line_of("opening")) +
                                              ", the next that has, is probed");
}

TEST_P(Lines, BehindAllCodeAreRefused) {
  const Found found = find(at("behind all code"));
  EXPECT_EQ(found.count(), 0u);
  ASSERT_EQ(found.findings.unplaced.size(), 1u);
  EXPECT_EQ(found.findings.unplaced[0].name, at("behind all code"));
  // Of main's end: its last statement, or its brace.
  const unsigned end = line_of("behind all code") - 1;
  const std::string reason = "neither that line nor one behind it has code; the last that has is ";
  EXPECT_TRUE(found.findings.unplaced[0].reason == reason + std::to_string(end) ||
              found.findings.unplaced[0].reason == reason + std::to_string(end - 1))
      << found.findings.unplaced[0].reason;
}

TEST_P(Lines, FilesAreNamedByTheEndOfTheirPaths) {
  const auto count = [&](const std::string& file) { return find(at("body", file)).count(); };
  EXPECT_EQ(count("fixtures/lines.cpp"), 1u);
  EXPECT_EQ(count(fixture_source("lines.cpp")), 1u);
  EXPECT_EQ(count("./lines.cpp"), 1u);
  for (const char* other : {"ines.cpp", "/lines.cpp", "other/lines.cpp", "lines.c", "line.cpp"}) {
    const Found found = find(at("body", other));
    EXPECT_EQ(found.count(), 0u) << other;
    EXPECT_TRUE(found.findings.unplaced.empty()) << other;
  }
}

TEST_P(Lines, NearestFiles) {
  find("main");
  const auto probe = parse_probe("line.cpp:12");
  ASSERT_TRUE(probe);
  EXPECT_EQ(resolver->nearest(*probe, 3), std::vector<std::string>{"lines.cpp"});
}

TEST_P(Lines, InlinedInstancesOnRequest) {
  const Found plain = find("step");
  EXPECT_EQ(plain.count(), 0u);
  ASSERT_EQ(plain.findings.unplaced.size(), 1u);
  EXPECT_EQ(plain.findings.unplaced[0].reason,
            "it exists only inlined (2 places): write step(int)%inline");
  for (const char* text : {"step%inline", "step(int)%inline", "ste*%inline", "/^step/%inline"}) {
    const Found found = find(text);
    ASSERT_EQ(found.count(), 2u) << text;
    EXPECT_TRUE(found.findings.unplaced.empty()) << text;
    for (const core::Location& location : found.findings.locations) {
      EXPECT_EQ(location.function, "step(int)");
      EXPECT_TRUE(location.inlined);
      EXPECT_TRUE(location.is_boundary);
      EXPECT_EQ(location.address, location.function_range.begin);
    }
  }
}

TEST_P(Lines, RegularExpressionsSeeDemangledNames) {
  EXPECT_EQ(find("/^pick<.*long/").count(), 1u);
  EXPECT_EQ(find("/^_Z4pick/").count(), 2u);
  EXPECT_EQ(find("/^ick</").count(), 0u);
}

TEST_P(Lines, OutOfLineAndInlined) {
  EXPECT_EQ(find("both").count(), 1u);
  const Found found = find("both%inline");
  const bool optimized = std::string(GetParam()).find("O2") != std::string::npos;
  EXPECT_EQ(found.count(), optimized ? 2u : 1u);
  EXPECT_EQ(std::ranges::count(found.findings.locations, true, &core::Location::inlined),
            optimized ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(Builds, Lines,
                         testing::Values("lines-O0", "lines-O2", "lines-O0-v4", "lines-O2-v4",
                                         "lines-O2-split", "lines-O2-lto"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace sidestep::symbols::test
