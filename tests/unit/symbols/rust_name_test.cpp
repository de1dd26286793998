// Names of Rust functions, in both of Rust's mangling schemes: from a table, and in programs.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "loaded_file.hpp"
#include "symbols/name_pattern.hpp"

namespace sidestep::symbols::test {
namespace {

struct RustName {
  const char *mangled, *shown;
};

constexpr RustName names[] = {
    // legacy
    {"_ZN6called3mix17hf36941cd33c4fbaaE", "called::mix"},
    {"_ZN6called3mix17hf36941cd33c4fbaaE.llvm.4711", "called::mix"},
    {"_ZN4shop4till13Till$LT$T$GT$4take17he9adcdebb4a74bc1E", "shop::till::Till<T>::take"},
    {"_ZN4shop4_map28_$u7b$$u7b$closure$u7d$$u7d$17h9dd3d906256906bdE", "shop::_map::{{closure}}"},
    {"_ZN63_$LT$shop..shop..Till$LT$u32$GT$$u20$as$u20$shop..shop..Sum$GT$3sum17h2b4ee33da6b0c035E",
     "<shop::shop::Till<u32> as shop::shop::Sum>::sum"},
    // v0
    {"_RNvC4shop4main", "shop::main"},
    {"_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"},
    {"_RNvNtCs1234_7mycrate3foo3bar.llvm.4711", "mycrate::foo::bar"},
    {"_RNvNtCsbxQjNsTKZZh_4shop4shop4__map", "shop::shop::_map"},
    {"_RNCNvNtCsbxQjNsTKZZh_4shop4shop4__map0", "shop::shop::_map::{closure#0}"},
    {"_RINvNtCsbxQjNsTKZZh_4shop4shop5twicemEB4_", "shop::shop::twice::<u32>"},
    // C++, and nothing at all
    {"_ZN3foo3barEv", "foo::bar()"},
    {"_ZN3foo17h0123Ev", "_ZN3foo17h0123Ev"},
    {"_Rest", "_Rest"},
    {"_R", "_R"},
};

TEST(RustName, IsShownAsAPathWithoutItsHash) {
  for (const RustName& name : names) EXPECT_EQ(display_name(name.mangled), name.shown);
}

bool finds(const std::string& probe, std::string_view mangled) {
  const auto spec = parse_probe(probe);
  if (!spec) ADD_FAILURE() << spec.error().message;
  NamePattern pattern(std::get<core::ProbeSpec::Function>(spec->what));
  const std::size_t base = base_length(mangled);
  return pattern.many() ? pattern.matches(mangled, base) : pattern.equals(mangled, base);
}

TEST(RustName, IsFoundAsItIsShown) {
  for (const RustName& name : names) {
    const auto spec = parse_probe(name.shown);
    ASSERT_TRUE(spec) << name.shown << ": " << spec.error().message;
    EXPECT_TRUE(finds(name.shown, name.mangled)) << name.shown;
    EXPECT_TRUE(finds(name.mangled, name.mangled)) << name.mangled;
  }
}

TEST(RustName, IsFoundByPatterns) {
  const char *legacy = "_ZN6called3mix17hf36941cd33c4fbaaE", *v0 = "_RNvC6called3mix";
  for (const char* mangled : {legacy, v0}) {
    for (const char* probe : {"called::mix", "called::*", "*::mix", "c*::m?x", "/^called::mix$/"})
      EXPECT_TRUE(finds(probe, mangled)) << probe << " for " << mangled;
    // As with C++: a name is its whole path.
    for (const char* probe : {"mix", "called", "called::mi", "mix*", "/^mix/"})
      EXPECT_FALSE(finds(probe, mangled)) << probe << " for " << mangled;
  }
  // With and without its generic arguments; an underscore in front is one of the name.
  EXPECT_TRUE(finds("shop::shop::twice", "_RINvNtCsbxQjNsTKZZh_4shop4shop5twicemEB4_"));
  EXPECT_TRUE(finds("*::twice", "_RINvNtCsbxQjNsTKZZh_4shop4shop5twicemEB4_"));
  EXPECT_TRUE(finds("*::_map", "_RNvNtCsbxQjNsTKZZh_4shop4shop4__map"));
  EXPECT_FALSE(finds("shop::shop::map", "_RNvNtCsbxQjNsTKZZh_4shop4shop4__map"));
}

TEST(RustName, ClonesAndColdPartsOfBothSchemes) {
  EXPECT_TRUE(finds("mycrate::foo::bar", "_RNvNtCs1234_7mycrate3foo3bar.llvm.4711"));
  EXPECT_FALSE(finds("mycrate::foo::bar", "_RNvNtCs1234_7mycrate3foo3bar.cold"));
  EXPECT_FALSE(finds("*::bar", "_RNvNtCs1234_7mycrate3foo3bar.cold"));
}

class RustProgram : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(fixture(GetParam()))) GTEST_SKIP() << "built without Rust";
  }
};

TEST_P(RustProgram, HasFunctionsByTheirPaths) {
  const core::Module module = module_of(fixture(GetParam()));
  std::unique_ptr<core::Resolver> resolver = make_resolver();
  for (const char* name : {"called::mix", "called::narrow", "called::main"}) {
    const Found found = find(*resolver, module, name);
    ASSERT_EQ(found.count(), 1u) << name;
    EXPECT_EQ(found.only().function, name);
    EXPECT_TRUE(found.only().source_file.ends_with(".rs")) << found.only().source_file;
    const auto where = resolver->describe(module, found.only().address + 1);
    EXPECT_EQ(where.function, name);
    EXPECT_EQ(resolver->names(module, found.only().address), std::vector<std::string>{name});
  }
  EXPECT_EQ(find(*resolver, module, "mix").count(), 0u);
  EXPECT_EQ(find(*resolver, module, "*::mix").functions(), std::vector<std::string>{"called::mix"});
}

TEST_P(RustProgram, NearestNamesAreCleanOnes) {
  const core::Module module = module_of(fixture(GetParam()));
  std::unique_ptr<core::Resolver> resolver = make_resolver();
  for (const char* wrong : {"called::narow", "narrow"}) {
    EXPECT_EQ(find(*resolver, module, wrong).count(), 0u);
    const auto spec = parse_probe(wrong);
    ASSERT_TRUE(spec);
    const auto near = resolver->nearest(*spec, 3);
    ASSERT_FALSE(near.empty()) << wrong;
    EXPECT_EQ(near.front(), "called::narrow");
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, RustProgram,
                         testing::Values("called-rust", "called-rust-O", "called-rust-v0"),
                         [](const auto& file) {
                           std::string name = file.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace sidestep::symbols::test
