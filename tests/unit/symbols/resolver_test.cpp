// Names from symbol tables, against what the programs say about themselves.
#include <gtest/gtest.h>

#include <filesystem>

#include "loaded_file.hpp"

namespace sidestep::symbols::test {
namespace {

/// Each fixture program in its variants, with the base it is (as if) loaded at.
struct Variant {
  const char* file;
  const char* truth;
  Address base;
};

class EveryVariant : public testing::TestWithParam<Variant> {
 protected:
  const Variant& v = GetParam();
  core::Module module = module_of(fixture(v.file), v.base);
  std::map<std::string, std::uint64_t> truth = truth_of(v.truth);
};

TEST_P(EveryVariant, FindsFunctionsWhereTheProgramHasThem) {
  ASSERT_FALSE(truth.empty());
  for (const char* name :
       {"alpha", "with_cold", "sizeless", "after_sizeless", "chosen_fast", "main"}) {
    const Found found = find(module, name);
    ASSERT_EQ(found.count(), 1u) << name << found.error;
    EXPECT_EQ(found.only().address, v.base + truth.at(name)) << name;
    EXPECT_EQ(found.only().function, name);
    EXPECT_EQ(found.only().function_range.begin, found.only().address);
    EXPECT_GT(found.only().function_range.size(), 0u);
  }
}

TEST_P(EveryVariant, KnowsVariables) {
  const auto variable = make_resolver()->symbol(module, "counter");
  ASSERT_TRUE(variable);
  EXPECT_EQ(variable->address, v.base + truth.at("counter"));
  EXPECT_EQ(variable->size, 8u);
  EXPECT_FALSE(make_resolver()->symbol(module, "no_such_variable"));
}

TEST_P(EveryVariant, DescribesAddresses) {
  const auto where = make_resolver()->describe(module, v.base + (truth.at("alpha") + 1));
  EXPECT_EQ(where.function, "alpha");
  EXPECT_EQ(where.function_range.begin, v.base + truth.at("alpha"));
}

INSTANTIATE_TEST_SUITE_P(Variants, EveryVariant,
                         testing::Values(Variant{"names-pie", "names-pie", pie_base},
                                         Variant{"names-fixed", "names-fixed", fixed_base},
                                         Variant{"names-static", "names-static", fixed_base},
                                         Variant{"names-dynsym", "names-dynsym", pie_base},
                                         Variant{"names-linked", "names-linked", fixed_base}),
                         [](const auto& file) { return std::string(file.param.file).substr(6); });

const core::Module pie = module_of(fixture("names-pie"));

TEST(Resolver, SizelessFunctionsReachToTheNext) {
  const Found found = find(pie, "sizeless");
  ASSERT_EQ(found.count(), 1u);
  EXPECT_EQ(found.only().function_range.size(), 3u);
}

TEST(Resolver, OffsetsCountFromTheEntry) {
  const Found entry = find(pie, "alpha");
  const Found inside = find(pie, "alpha+0x2");
  ASSERT_EQ(inside.count(), 1u);
  EXPECT_EQ(inside.only().address, entry.only().address + 2);
  const Found beyond = find(pie, "alpha+0x4000");
  EXPECT_EQ(beyond.count(), 0u);
  ASSERT_EQ(beyond.findings.unplaced.size(), 1u);
  EXPECT_EQ(beyond.findings.unplaced[0].name, "alpha+0x4000");
  EXPECT_TRUE(beyond.findings.unplaced[0].reason.starts_with("the function has only 0x"));
}

TEST(Resolver, AliasesAreOnePlaceUnderTheNameAskedFor) {
  EXPECT_EQ(find(pie, "alpha_alias").functions(), std::vector<std::string>{"alpha_alias"});
  EXPECT_EQ(find(pie, "alph*").functions(), std::vector<std::string>{"alpha"});
}

TEST(Resolver, ClonesAreProbedAndColdPartsAreNot) {
  const Found clone = find(pie, "cloned");
  ASSERT_EQ(clone.count(), 1u);
  EXPECT_TRUE(clone.only().function.starts_with("cloned.")) << clone.only().function;
  EXPECT_EQ(find(pie, "with_cold*").functions(), std::vector<std::string>{"with_cold"});
  EXPECT_EQ(find(pie, "with_cold.cold").functions(), std::vector<std::string>{"with_cold.cold"});
  EXPECT_EQ(find(pie, "with_*.cold").functions(), std::vector<std::string>{"with_cold.cold"});
}

TEST(Resolver, GlobsMatchWholeNames) {
  EXPECT_EQ(find(pie, "*_sizeless").functions(), std::vector<std::string>{"after_sizeless"});
  EXPECT_EQ(find(pie, "alph?").functions(), std::vector<std::string>{"alpha"});
  EXPECT_EQ(find(pie, "[ab]e[st]a").functions(), std::vector<std::string>{"beta"});
  EXPECT_EQ(find(pie, "lpha*").count(), 0u);
}

TEST(Resolver, AnIfuncsCodeIsNotWhatIsProbed) {
  const Found found = find(pie, "chosen");
  EXPECT_EQ(found.count(), 0u);
  EXPECT_TRUE(found.findings.unplaced.empty());
  ASSERT_EQ(found.findings.indirect.size(), 1u);
  const core::Indirect& indirect = found.findings.indirect[0];
  EXPECT_EQ(indirect.chooser.function, "chosen");
  EXPECT_EQ(indirect.chooser.address, find(pie, "resolve_chosen").only().address);
  EXPECT_EQ(indirect.otherwise,
            "it is an IFUNC (chosen when the program starts), and its code does not show what it "
            "may choose: probe its implementation (chosen_fast, chosen_plain)");
  const Found inside = find(pie, "chosen+0x2");
  ASSERT_EQ(inside.findings.unplaced.size(), 1u);
  EXPECT_EQ(inside.findings.unplaced[0].name, "chosen+0x2");
}

TEST(Resolver, ModulesAreChosenByFileName) {
  EXPECT_EQ(find(pie, "alpha@names-*").count(), 1u);
  EXPECT_EQ(find(pie, "alpha@MAIN").count(), 1u);
  EXPECT_EQ(find(pie, "alpha@libc.so*").count(), 0u);
  EXPECT_EQ(find(module_of(fixture("libshop.so")), "compute_c@MAIN").count(), 0u);
  EXPECT_EQ(find(module_of(fixture("libshop.so")), "compute_c@libshop.so").count(), 1u);
  core::Module deleted = pie;
  deleted.path += " (deleted)";
  EXPECT_EQ(find(deleted, "alpha@names-pie").count(), 1u);
}

TEST(Resolver, AddressesFindTheirModule) {
  const auto truth = truth_of("names-fixed");
  const core::Module fixed = module_of(fixture("names-fixed"), fixed_base);
  char text[32];
  std::snprintf(text, sizeof text, "0x%lx", fixed_base.value + truth.at("alpha"));
  const Found absolute = find(fixed, text);
  ASSERT_EQ(absolute.count(), 1u);
  EXPECT_EQ(absolute.only().function, "alpha");
  EXPECT_EQ(find(pie, text).count(), 0u);
  std::snprintf(text, sizeof text, "MAIN+0x%lx", truth.at("alpha"));
  const Found offset = find(fixed, text);
  ASSERT_EQ(offset.count(), 1u);
  EXPECT_EQ(offset.only().address, fixed_base + truth.at("alpha"));
  const Found outside = find(fixed, "MAIN+0x7fffffffffff");
  EXPECT_EQ(outside.count(), 0u);
  ASSERT_EQ(outside.findings.unplaced.size(), 1u);
  EXPECT_EQ(outside.findings.unplaced[0].reason, "nothing of the module is mapped at that offset");
}

TEST(Resolver, StrippedFunctionsAreNamedByOffset) {
  const auto truth = truth_of("names-static");
  const core::Module stripped = module_of(fixture("names-stripped"), fixed_base);
  char name[32];
  std::snprintf(name, sizeof name, "sub_%lx", truth.at("beta"));
  const Found found = find(stripped, name);
  ASSERT_EQ(found.count(), 1u);
  EXPECT_EQ(found.only().address, fixed_base + truth.at("beta"));
  EXPECT_EQ(found.only().function, name);
  EXPECT_GT(find(stripped, "sub_*").count(), 100u);
  EXPECT_EQ(find(stripped, "beta").count(), 0u);
}

TEST(Resolver, ManyProbesKeepTheirNumbers) {
  std::vector<core::ProbeSpec> probes;
  for (const char* text : {"no_such_function", "alpha", "alpha_alias"})
    probes.push_back(*parse_probe(text));
  auto found = make_resolver()->find(pie, probes);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->locations.size(), 2u);
  EXPECT_EQ(found->locations[0].probe, ProbeId{1});
  EXPECT_EQ(found->locations[1].probe, ProbeId{2});
  EXPECT_EQ(found->locations[0].address, found->locations[1].address);
}

TEST(Resolver, TheVdsoHasNoFile) {
  core::Module vdso = module_of("[vdso]");
  const Found found = find(vdso, "*");
  EXPECT_EQ(found.error, "");
  EXPECT_EQ(found.count(), 0u);
}

TEST(Resolver, SuggestsTheNearest) {
  auto resolver = make_resolver();
  (void)find(*resolver, pie, "alpa");
  EXPECT_EQ(resolver->nearest(*parse_probe("alpa"), 1), std::vector<std::string>{"alpha"});
  EXPECT_EQ(resolver->nearest(*parse_probe("ALPHA"), 1), std::vector<std::string>{"alpha"});
  EXPECT_EQ(resolver->nearest(*parse_probe("with"), 1), std::vector<std::string>{"with_cold"});
  EXPECT_TRUE(resolver->nearest(*parse_probe("alpa@libc.so*"), 3).empty());
  EXPECT_TRUE(resolver->nearest(*parse_probe("0x1234"), 3).empty());
}

TEST(Resolver, FilesThatAreNoElfAreNamed) {
  EXPECT_EQ(
      find(module_of("/nonexistent/lib.so"), "f").error,
      "'/nonexistent/lib.so' can't be read: No such file or directory; its functions can't be "
      "probed by name");
  const core::Module object = module_of(fixture("shop.o"));
  EXPECT_EQ(find(object, "f").error,
            "'" + object.path +
                "' is a relocatable object file (.o), not linked: only ELF "
                "files for amd64 can be probed");
  const core::Module cut = module_of(fixture("cut-short.so"));
  std::filesystem::copy_file(fixture("libshop.so"), cut.path,
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(cut.path, 5000);
  EXPECT_EQ(find(cut, "f").error,
            "'" + cut.path +
                "' is a broken ELF file, truncated or without a loadable segment: "
                "`readelf -lW` shows what is left of it");
  std::filesystem::remove(cut.path);
  EXPECT_EQ(find(module_of("/dev/null"), "f").error,
            "'/dev/null' is not a regular file: nothing in it can be probed");
}

}  // namespace
}  // namespace sidestep::symbols::test
