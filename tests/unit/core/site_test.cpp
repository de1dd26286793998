// What sites share, and what each of them has when it needs it.
#include "core/site.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "core/ledger.hpp"
#include "core/page_allocator.hpp"
#include "core/steady_vector.hpp"

namespace sidestep::core {
namespace {

using Progress = PcPoint::Progress;

/// A branch's: it may go on at `target`.
SlotImage branch_at(Address site, Address target) {
  SlotImage image;
  for (int i = 0; i < 12; ++i) image.bytes.push_back(0x90);
  image.points.push_back({0, Progress::NotStarted, site});
  image.points.push_back({6, Progress::Done, site + 2});
  image.points.push_back({9, Progress::Done, target});
  return image;
}

Site branch(SlotMaps& maps, Address address, Address target) {
  Site site;
  site.plan.address = address;
  site.plan.length = 2;
  const SlotImage image = branch_at(address, target);
  site.slot_map = maps.keep(SlotMap(image, address, site.plan.next()));
  site.elsewhere = SlotMap::elsewhere(image, address, site.plan.next());
  return site;
}

TEST(Site, BranchesShareTheirMapAndKeepTheirTargets) {
  SlotMaps maps;
  const Address high{0x7fff'ffff'0000};
  const Site forth = branch(maps, {0x1000}, {0x8000'0000}),
             back = branch(maps, high, high - 0x7000);
  EXPECT_EQ(forth.slot_map, back.slot_map);
  EXPECT_EQ(forth.point(9)->resume, Address{0x8000'0000});
  EXPECT_EQ(back.point(9)->resume, high - 0x7000);
  EXPECT_EQ(back.point(6)->resume, back.plan.next());
  EXPECT_EQ(back.point(0)->resume, back.plan.address);
  EXPECT_EQ(back.point(1), std::nullopt);
  EXPECT_EQ(back.behind_twin(), std::nullopt);
}

TEST(Site, HasNoSlotAtFirst) {
  const Site site;
  EXPECT_EQ(site.slot_map->size(), 0u);
  EXPECT_EQ(site.point(0), std::nullopt);
  EXPECT_EQ(site.plan.twin(), Address{});
}

TEST(Site, ItsBackingFollowsFromItsGroups) {
  Site site;
  EXPECT_EQ(site.backing(), Backing{});
  SiteGroup group{{8, 9, 0x3000}, {ProbeId{1}}};
  group.at_zero.offset -= 0x5555'0000'0000;  // where offset 0x3000 is mapped
  site.group = &group;
  site.plan.address = {0x5555'0000'0010};
  EXPECT_EQ(site.backing(), (Backing{8, 9, 0x3010}));
  group.at_zero = {};
  EXPECT_EQ(site.backing(), Backing{});
  EXPECT_EQ(site.probes().size(), 1u);
}

TEST(SiteBooks, ACopyBeginsWithNone) {
  SiteBooks books;
  EXPECT_EQ(books.tally().traps, 0u);
  EXPECT_EQ(books.watch(), nullptr);
  books.to_book().traps = 7;
  books.set_watch(std::make_shared<Watch>());
  SiteBooks copy = books;
  EXPECT_EQ(copy.tally().traps, 0u);
  EXPECT_EQ(copy.watch(), nullptr);
  copy.to_book().traps = 1;
  copy = books;
  EXPECT_EQ(copy.tally().traps, 0u);
  const SiteBooks moved = std::move(books);
  EXPECT_EQ(moved.tally().traps, 7u);
  EXPECT_NE(moved.watch(), nullptr);
}

TEST(Ledger, KnowsAllAndTheLastOfEach) {
  Ledger ledger;
  Tally one, two;
  one.traps = one.reported = 1;
  two.traps = two.filtered = 2;
  ledger.set(SiteId{3}, one);
  ledger.set(SiteId{0}, {});
  ledger.set(SiteId{700}, one);
  ledger.set(SiteId{700}, two);
  std::vector<SiteId> ids;
  std::uint64_t traps = 0;
  ledger.for_each([&](SiteId id, const Tally& tally) {
    ids.push_back(id);
    traps += tally.traps;
  });
  EXPECT_EQ(ids, (std::vector<SiteId>{SiteId{0}, SiteId{3}, SiteId{700}}));
  EXPECT_EQ(traps, 3u);
  EXPECT_EQ(ledger.of(SiteId{700}), two);
  EXPECT_EQ(ledger.of(SiteId{1}), Tally{});
  EXPECT_EQ(ledger.of(SiteId{9'999}), Tally{});
}

TEST(PageAllocator, SharesNoPage) {
  SteadyVector<Site> sites;
  const std::uint64_t first = reinterpret_cast<std::uint64_t>(&sites.push_back(Site{}));
  EXPECT_EQ(first % page_bytes, 0u);
}

}  // namespace
}  // namespace sidestep::core
