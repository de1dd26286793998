// The PC map: every point of slot and twin is found, everything else is the program.
#include "core/site_table.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace sidestep::core::test {
namespace {

using Progress = PcPoint::Progress;
using Where = Place::Where;

/// Four points, start, pushed, done, and a twin with start and end.
SlotImage image_at(Address address, Address next) {
  SlotImage image;
  for (int i = 0; i < 24; ++i) image.bytes.push_back(0x90);
  image.twin_offset = 20;
  image.twin_end = 24;
  image.points.push_back({0, Progress::NotStarted, address});
  image.points.push_back({6, Progress::Pushed, address});
  image.points.push_back({9, Progress::Done, next});
  image.points.push_back({20, Progress::NotStarted, address});
  image.points.push_back({23, Progress::Done, next});
  return image;
}

const SlotMap* map_of(const SlotImage& image, const Site& site) {
  static SlotMaps maps;
  return maps.keep(SlotMap(image, site.plan.address, site.plan.next()));
}

Site site_at(std::uint32_t number, Address slot) {
  Site site;
  site.plan.id = id(number);
  site.plan.address = {0x1000 * number};
  site.plan.length = 3;
  site.plan.slot = slot;
  site.plan.twin_offset = 20;
  site.slot_map = map_of(image_at(site.plan.address, site.plan.next()), site);
  return site;
}

SiteTable two_sites() {
  SiteTable table;
  table.map_slot(table.add(site_at(1, {0x70000})));
  table.map_slot(table.add(site_at(2, {0x70020})));
  return table;
}

TEST(SiteTable, FindsByIdAndByAddress) {
  SiteTable table = two_sites();
  EXPECT_EQ(table.size(), 2u);
  ASSERT_TRUE(table.at({0x2000}));
  EXPECT_EQ(table.at({0x2000})->plan.id, id(2));
  EXPECT_EQ(table.at({0x2001}), nullptr);
  EXPECT_EQ(table.plan(id(1)).address, Address{0x1000});
  std::size_t from = 0;
  EXPECT_EQ(table.next(from), table.find(id(1)));
  EXPECT_EQ(table.next(from), table.find(id(2)));
  EXPECT_EQ(table.next(from), nullptr);
}

TEST(SiteTable, LocatesEveryPoint) {
  const SiteTable table = two_sites();
  for (const std::uint32_t number : {1u, 2u}) {
    const Site site = site_at(number, {0x70000 + 0x20 * (number - 1)});
    for (const PcPoint& point : image_at(site.plan.address, site.plan.next()).points) {
      const Place place = table.locate(site.plan.slot + point.offset);
      EXPECT_EQ(place.site, site.plan.id);
      EXPECT_EQ(place.where, point.offset >= 20 ? Where::Twin : Where::Slot);
      EXPECT_EQ(place.progress, point.progress);
      EXPECT_EQ(place.resume, point.resume);
      EXPECT_EQ(place.pc, site.plan.slot + point.offset);
      EXPECT_EQ(place.done(), point.progress == Progress::Done);
    }
  }
}

TEST(SiteTable, TheRestIsTheProgram) {
  const SiteTable table = two_sites();
  for (const Address pc : {Address{0x1000}, Address{0x6ffff}, Address{0x70001}, Address{0x70018},
                           Address{0x70038}, Address{0x80000}, Address{~0ull}}) {
    const Place place = table.locate(pc);
    EXPECT_EQ(place.where, Where::Program) << std::hex << pc.value;
    EXPECT_EQ(place.site, SiteId::None);
    EXPECT_EQ(place.resume, pc);
  }
  EXPECT_EQ(SiteTable{}.locate({0}).where, Where::Program);
}

TEST(SiteTable, ASlotMayEndOnAGranulesLastByte) {
  SiteTable table;
  Site site = site_at(1, {0x70000});
  SlotImage image = image_at(site.plan.address, site.plan.next());
  for (int i = 0; i < 8; ++i) image.bytes.push_back(0x90);
  image.points.push_back({31, Progress::Done, site.plan.next()});
  site.slot_map = map_of(image, site);
  table.map_slot(table.add(std::move(site)));
  EXPECT_EQ(table.locate({0x7001f}).where, Where::Twin);
  EXPECT_EQ(table.locate({0x70020}).where, Where::Program);
}

TEST(SiteTable, ARemovedSiteIsForgottenAltogether) {
  SiteTable table = two_sites();
  table.remove(id(1));
  EXPECT_FALSE(table.contains(id(1)));
  EXPECT_EQ(table.at({0x1000}), nullptr);
  EXPECT_EQ(table.locate({0x70000}).where, Where::Program);
  EXPECT_EQ(table.locate({0x70020}).where, Where::Slot);
  std::size_t from = 0;
  EXPECT_EQ(table.next(from), table.find(id(2)));
  table.remove(id(1));  // twice is no harm
  EXPECT_EQ(table.size(), 1u);
}

}  // namespace
}  // namespace sidestep::core::test
