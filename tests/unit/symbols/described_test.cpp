// What `list` tells of a place beyond its address: all names of a function, and its parameters.
#include <gtest/gtest.h>

#include "loaded_file.hpp"

namespace sidestep::symbols::test {
namespace {

using Names = std::vector<std::string>;

const core::Module pie = module_of(fixture("names-pie"));
const core::Module shop = module_of(fixture("libshop.so"));

Names names_of(const core::Module& module, const std::string& probe) {
  const auto resolver = make_resolver();
  const Found found = find(*resolver, module, probe);
  if (found.count() != 1) return {"not one: " + found.error};
  return resolver->names(module, found.only().address);
}

std::string signature_of(const core::Module& module, const std::string& probe) {
  const auto resolver = make_resolver();
  const Found found = find(*resolver, module, probe);
  if (found.count() == 0) return "none: " + found.error;
  return resolver->signature(module, found.only());
}

TEST(Names, OfOnePlaceTheMostTellingFirst) {
  EXPECT_EQ(names_of(pie, "alpha"), (Names{"alpha", "alpha_alias"}));
  EXPECT_EQ(names_of(pie, "alpha_alias"), (Names{"alpha", "alpha_alias"}));
  EXPECT_EQ(names_of(pie, "beta"), Names{"beta"});
  // Two symbols, of the complete and of the base object, are one name.
  EXPECT_EQ(names_of(shop, "shop::Server::Server"), Names{"shop::Server::Server()"});
}

TEST(Names, AreThoseOfAFunctionsBeginningOnly) {
  EXPECT_EQ(names_of(pie, "alpha+2"), Names{});
  EXPECT_EQ(make_resolver()->names(module_of("[vdso]"), pie_base), Names{});
  EXPECT_EQ(make_resolver()->names(module_of("/nonexistent/lib.so"), pie_base), Names{});
}

TEST(Signature, IsTheSourcesOwn) {
  EXPECT_EQ(signature_of(pie, "alpha"), "(int x)");
  EXPECT_EQ(signature_of(pie, "beta"), "(int x)");
  EXPECT_EQ(signature_of(pie, "main"), "(int argc, char **argv)");
  EXPECT_EQ(signature_of(pie, "unlikely"), "()");
  EXPECT_EQ(signature_of(shop, "shop::Server::handle(int, char const*)"),
            "(int request, const char *text)");
  EXPECT_EQ(signature_of(shop, "shop::twice<double>"), "(double value)");
}

TEST(Signature, OfClonesAndInlinedInstancesIsTheirOrigins) {
  EXPECT_EQ(signature_of(pie, "cloned"), "(int x, int scale)");
  EXPECT_EQ(signature_of(pie, "inlined_only%inline"), "(int x)");
}

TEST(Signature, WithinAFunctionIsThatFunctions) {
  EXPECT_EQ(signature_of(pie, "alpha+2"), "(int x)");
}

TEST(Signature, ComesFromTheNameWithoutDebugInformation) {
  const core::Module stripped = module_of(fixture("names-dynsym"));
  EXPECT_EQ(signature_of(stripped, "alpha"), "");
  core::Location named;
  named.function = "shop::Server::handle(int, char const*) const";
  EXPECT_EQ(make_resolver()->signature(stripped, named), "(int, char const*)");
}

}  // namespace
}  // namespace sidestep::symbols::test
