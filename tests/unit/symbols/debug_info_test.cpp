// What only debug information knows: source lines, functions without symbols, functions without
// code; and debug information in other places than the file itself.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "loaded_file.hpp"

namespace sidestep::symbols::test {
namespace {

std::string contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

/// A copy of names-fixed with its .symtab made unreadable as one: names come from DWARF only.
class WithoutSymtab : public testing::Test {
 protected:
  void SetUp() override {
    std::string bytes = contents(fixture("names-fixed"));
    Elf64_Ehdr header;
    ASSERT_GE(bytes.size(), sizeof header);
    std::memcpy(&header, bytes.data(), sizeof header);
    for (unsigned i = 0; i < header.e_shnum; ++i) {
      Elf64_Shdr section;
      char* at = bytes.data() + header.e_shoff + i * sizeof section;
      std::memcpy(&section, at, sizeof section);
      if (section.sh_type != SHT_SYMTAB) continue;
      section.sh_type = SHT_PROGBITS;
      std::memcpy(at, &section, sizeof section);
    }
    std::ofstream(path, std::ios::binary) << bytes;
  }
  void TearDown() override { std::filesystem::remove(path); }

  std::string path = fixture("dwarf-only-") + std::to_string(::getpid());
  core::Module module = module_of(path, fixed_base);
  std::map<std::string, std::uint64_t> truth = truth_of("names-fixed");
};

TEST_F(WithoutSymtab, FunctionsComeFromDwarf) {
  for (const char* name : {"alpha", "beta", "with_cold", "main"}) {
    const Found found = find(module, name);
    ASSERT_EQ(found.count(), 1u) << name;
    EXPECT_EQ(found.only().address, fixed_base + truth.at(name));
    EXPECT_EQ(found.only().function, name);
    EXPECT_GT(found.only().function_range.size(), 0u);
  }
  const Found glob = find(module, "bet*");
  ASSERT_EQ(glob.count(), 1u);
  EXPECT_EQ(glob.only().function, "beta");
}

TEST_F(WithoutSymtab, VariablesComeFromDwarf) {
  const auto variable = make_resolver()->symbol(module, "hidden_counter");
  ASSERT_TRUE(variable);
  EXPECT_EQ(variable->address, fixed_base + truth.at("hidden_counter"));
  EXPECT_EQ(variable->size, 4u);
}

TEST(DebugInfo, SourceLines) {
  std::ifstream source(fixture_source("names.c"));
  unsigned expected = 0, number = 0;
  for (std::string line; std::getline(source, line);)
    if (++number && line.find("int alpha(int x) {") != std::string::npos) expected = number;
  ASSERT_GT(expected, 0u);
  for (const char* file : {"names-pie", "names-fixed", "names-static", "names-linked"}) {
    const Address base = std::strcmp(file, "names-pie") == 0 ? pie_base : fixed_base;
    const Found found = find(module_of(fixture(file), base), "alpha");
    ASSERT_EQ(found.count(), 1u);
    EXPECT_TRUE(found.only().source_file.ends_with("names.c")) << file << found.only().source_file;
    EXPECT_EQ(found.only().source_line, expected) << file;
  }
}

TEST(DebugInfo, StaticFunctionsOfASeparateDebugFile) {
  const auto truth = truth_of("names-linked");
  const Found found = find(module_of(fixture("names-linked"), fixed_base), "beta");
  ASSERT_EQ(found.count(), 1u);
  EXPECT_EQ(found.only().address, fixed_base + truth.at("beta"));
  EXPECT_EQ(find(module_of(fixture("names-dynsym")), "beta").count(), 0u);
}

TEST(DebugInfo, ADebugFileOfAnotherBuildIsNotTaken) {
  const core::Module module = module_of(fixture("names-mismatched"), fixed_base);
  const Found found = find(module, "beta");
  EXPECT_EQ(found.count(), 0u);
  EXPECT_EQ(found.error, "");
  ASSERT_EQ(found.findings.unplaced.size(), 1u);
  EXPECT_EQ(found.findings.unplaced[0].reason,
            "it has no symbol, and the debug file " + fixture("names-mismatched.debug") +
                " is of another build: install the matching one");
}

TEST(DebugInfo, Minidebuginfo) {
  if (!std::filesystem::exists(fixture("names-mini"))) GTEST_SKIP() << "built without xz";
  const auto truth = truth_of("names-mini");
  const Found found = find(module_of(fixture("names-mini"), fixed_base), "beta");
  ASSERT_EQ(found.count(), 1u);
  EXPECT_EQ(found.only().address, fixed_base + truth.at("beta"));
}

TEST(DebugInfo, AFunctionThatExistsOnlyInlined) {
  const Found found = find(module_of(fixture("names-pie")), "inlined_only");
  EXPECT_EQ(found.count(), 0u);
  ASSERT_EQ(found.findings.unplaced.size(), 1u);
  EXPECT_EQ(found.findings.unplaced[0].name, "inlined_only");
  EXPECT_EQ(found.findings.unplaced[0].reason,
            "it exists only inlined (3 places): write inlined_only%inline");
}

TEST(DebugInfo, AFunctionThatIsOnlyDeclared) {
  const Found here = find(module_of(fixture("names-static"), fixed_base), "never_defined");
  EXPECT_EQ(here.count(), 0u);
  ASSERT_EQ(here.findings.unplaced.size(), 1u);
  EXPECT_EQ(here.findings.unplaced[0].reason,
            "it is only declared in the debug information, this module has no code for it");
  // Of a dynamic program another module may have it.
  EXPECT_TRUE(find(module_of(fixture("names-pie")), "never_defined").findings.unplaced.empty());
}

class Go : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(fixture("counter-go"))) GTEST_SKIP() << "built without Go";
  }
  core::Module module = module_of(fixture("counter-go"), fixed_base);
};

TEST_F(Go, ExactNamesHoldDotsStarsAndBrackets) {
  for (const char* name : {"fmt.Fprintf", "main.main", "main.(*Counter).Add", "main.Counter.Get"}) {
    const Found found = find(module, name);
    ASSERT_EQ(found.count(), 1u) << name;
    EXPECT_EQ(found.only().function, name);
    EXPECT_FALSE(found.only().source_file.empty());
  }
  EXPECT_EQ(find(module, "main.Largest[go.shape.int_0]").count(), 1u);
}

TEST_F(Go, Globs) {
  EXPECT_EQ(find(module, "main.(*Counter).*").functions(),
            std::vector<std::string>{"main.(*Counter).Add"});
  EXPECT_EQ(find(module, "main.Largest*").count(), 2u);
}

// Go's own fmt.Printf is such a function, where a program only calls it directly.
TEST_F(Go, AnAbstractEntryIsNotTakenForAFunction) {
  const Found found = find(module, "main.tiny");
  EXPECT_EQ(found.count(), 0u);
  ASSERT_EQ(found.findings.unplaced.size(), 1u);
  EXPECT_TRUE(found.findings.unplaced[0].reason.starts_with("it exists only inlined (2 places)"))
      << found.findings.unplaced[0].reason;
}

}  // namespace
}  // namespace sidestep::symbols::test
