// What is kept of a site says the same of it as what was filed.
#include "session/catalog.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidestep::session {
namespace {

SiteInfo info_of(std::uint64_t number) {
  SiteInfo info;
  info.pid = {100};
  info.ip = {0x5555'0000'1000 + number * 16};
  info.module = "program";
  info.module_path = "/opt/program";
  info.off = {0x1000 + number * 16};
  info.func = "function_" + std::to_string(number);
  info.func_off = number % 7;
  if (number % 2) info.src = SourceLine{"src/program.cc", static_cast<std::uint32_t>(number)};
  info.probes = {ProbeId{0}, static_cast<ProbeId>(1 + number % 3)};
  return info;
}

void expect_same(const SiteInfo& a, const SiteInfo& b) {
  EXPECT_EQ(a.pid, b.pid);
  EXPECT_EQ(a.ip, b.ip);
  EXPECT_EQ(a.module, b.module);
  EXPECT_EQ(a.module_path, b.module_path);
  EXPECT_EQ(a.off, b.off);
  EXPECT_EQ(a.func, b.func);
  EXPECT_EQ(a.func_off, b.func_off);
  ASSERT_EQ(a.src.has_value(), b.src.has_value());
  if (a.src) {
    EXPECT_EQ(a.src->file, b.src->file);
    EXPECT_EQ(a.src->line, b.src->line);
  }
  EXPECT_EQ(a.probes, b.probes);
}

TEST(Catalog, DescribesEachSiteAsItWasFiled) {
  Catalog catalog;
  for (std::uint64_t n = 0; n < 10'000; ++n)
    EXPECT_EQ(catalog.add(info_of(n), nullptr), static_cast<SiteId>(n));
  for (std::uint64_t n = 0; n < 10'000; ++n) {
    const SiteInfo found = catalog.describe(static_cast<SiteId>(n));
    EXPECT_EQ(found.id, static_cast<SiteId>(n));
    expect_same(found, info_of(n));
  }
  EXPECT_EQ(catalog.probed().size(), 10'000u);
}

TEST(Catalog, ACopyDiffersInItsProcessOnly) {
  Catalog catalog;
  const auto seen = std::make_shared<const core::Observations>(2);
  const SiteId first = catalog.add(info_of(1), seen), copy = catalog.copy(first, {200});
  SiteInfo expected = info_of(1);
  expect_same(catalog.describe(first), expected);
  expected.pid = {200};
  expect_same(catalog.describe(copy), expected);
  EXPECT_EQ(catalog.observations(copy), seen.get());
}

TEST(Catalog, WhatWasAskedForStaysWhereItIs) {
  Catalog catalog;
  const SiteId first = catalog.add(info_of(0), nullptr);
  const SiteInfo* const there = &catalog.get(first);
  for (std::uint64_t n = 1; n < 3'000; ++n) catalog.get(catalog.add(info_of(n), nullptr));
  EXPECT_EQ(&catalog.get(first), there);
  expect_same(*there, info_of(0));
}

TEST(Catalog, FunctionsWithoutANameOrWithAVeryLongOne) {
  Catalog catalog;
  SiteInfo unknown = info_of(0), longest = info_of(1), after = info_of(2);
  unknown.func = "";
  longest.func = std::string(200'000, 'x');
  for (const SiteInfo& info : {unknown, longest, after, longest}) catalog.add(info, nullptr);
  expect_same(catalog.describe(SiteId{0}), unknown);
  expect_same(catalog.describe(SiteId{1}), longest);
  expect_same(catalog.describe(SiteId{2}), after);
  expect_same(catalog.describe(SiteId{3}), longest);
}

TEST(Catalog, OwnSitesServeNoProbe) {
  Catalog catalog;
  SiteInfo own = info_of(0);
  own.probes.clear();
  catalog.add(own, nullptr);
  EXPECT_TRUE(catalog.probed().empty());
}

}  // namespace
}  // namespace sidestep::session
