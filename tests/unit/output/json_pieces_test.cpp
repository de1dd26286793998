// What was written once must not be shown for another thread, site, probe or name.
#include "output/json_pieces.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "output/jsonl.hpp"
#include "samples.hpp"

namespace sidestep::output {
namespace {

TEST(JsonKeys, AreTheSameObjectAfterObject) {
  JsonKeys keys;
  for (int object = 0; object < 2; ++object) {
    EXPECT_EQ(keys.at(0, "x"), "\"x\":");
    EXPECT_EQ(keys.at(1, "x"), "\"x#2\":");
    EXPECT_EQ(keys.at(2, ""), "\"#3\":");
    EXPECT_EQ(keys.at(3, "a\"\n"), "\"a\\\"\\\\n\":");
  }
}

TEST(JsonKeys, FollowWhatCameBeforeThem) {
  JsonKeys keys;
  keys.at(0, "x");
  EXPECT_EQ(keys.at(1, "y"), "\"y\":");
  EXPECT_EQ(keys.at(0, "y"), "\"y\":");
  EXPECT_EQ(keys.at(1, "y"), "\"y#2\":") << "an object with another beginning";
  EXPECT_EQ(keys.at(0, "y"), "\"y\":");
  EXPECT_EQ(keys.at(0, "x"), "\"x\":") << "one that is shorter";
  EXPECT_EQ(keys.at(1, "y"), "\"y\":");
}

TEST(JsonPieces, AThreadIsToldByAllThatIsSaidOfIt) {
  JsonPieces pieces;
  const auto told = [&](int pid, int tid, const char* comm) {
    return std::string(pieces.thread(Pid{pid}, Tid{tid}, comm));
  };
  EXPECT_EQ(told(0, 0, ""), "\"pid\":0,\"tid\":0,\"comm\":null");
  EXPECT_EQ(told(1, 2, "a"), "\"pid\":1,\"tid\":2,\"comm\":\"a\"");
  EXPECT_EQ(told(1, 2, "b"), "\"pid\":1,\"tid\":2,\"comm\":\"b\"") << "it has renamed itself";
  EXPECT_EQ(told(3, 2, "b"), "\"pid\":3,\"tid\":2,\"comm\":\"b\"") << "its number was given again";
  EXPECT_EQ(told(3, 2, "\xe9"), "\"pid\":3,\"tid\":2,\"comm_b64\":\"6Q==\"");
}

TEST(JsonPieces, MoreThreadsThanPlaces) {
  JsonPieces pieces;
  for (int round = 0; round < 2; ++round)
    for (int tid = 1; tid <= 1000; ++tid)
      ASSERT_EQ(pieces.thread(Pid{1}, Tid{tid}, "c"),
                fmt::format("\"pid\":1,\"tid\":{},\"comm\":\"c\"", tid));
}

TEST(JsonPieces, MoreSitesThanPlacesAndSeveralProbes) {
  std::vector<SiteInfo> many(3000);
  for (std::size_t i = 0; i < many.size(); ++i) {
    many[i].id = static_cast<SiteId>(i);
    many[i].ip = Address{i};
  }
  JsonPieces pieces;
  for (int round = 0; round < 2; ++round)
    for (const SiteInfo& site : many)
      for (const auto probe : {0u, 1u, 40u})
        ASSERT_EQ(pieces.place(site, ProbeId{probe}, "p" + std::to_string(probe)).members,
                  fmt::format("\"probe\":\"p{}\",\"ip\":\"{:#x}\",\"module\":null,\"off\":\"0x0\","
                              "\"func\":null,\"src\":null",
                              probe, site.ip.value));
}

TEST(JsonPieces, ASiteWithoutANumberMayChange) {
  SiteInfo site;
  site.id = SiteId::None;
  JsonPieces pieces;
  const std::string before = pieces.place(site, ProbeId{0}, "p").members;
  site.func = "f";
  EXPECT_NE(pieces.place(site, ProbeId{0}, "p").members, before);
}

/// The same object may then be another site.
TEST(JsonPieces, AnotherSessionBeginsAnew) {
  SiteInfo site = sites()[0];
  HitEvent hit = hit_event(0);
  hit.site = &site;
  StartEvent start = start_event();
  Written written, anew;
  JsonlSink sink({}, written.destination()), fresh({}, anew.destination());
  sink.write(start);
  sink.write(hit);
  site.func = "another";
  start.probes = {"p", "q"};
  const std::size_t before = written.text().size();
  sink.write(start);
  sink.write(hit);
  fresh.write(start);
  fresh.write(hit);
  EXPECT_EQ(written.text().substr(before), anew.text());
}

/// All kinds of arrivals in any order, by one sink, as by a new one for each.
TEST(Jsonl, WhatCameBeforeDoesNotShow) {
  std::vector<HitEvent> hits = {hit_event(0), hit_event(1), hit_event(2), detailed_hit()};
  for (std::size_t i = 0, known = hits.size(); i < known; ++i) {
    HitEvent other = hits[i];
    other.probe = ProbeId{0};
    other.comm = "renamed";
    other.args = {{"len", {std::int64_t{1}}}, {"len", {true}}};
    hits.push_back(other);
  }
  Written together;
  JsonlSink sink({}, together.destination());
  sink.write(start_event());
  for (std::size_t step = 1; step < hits.size(); ++step)
    for (std::size_t i = 0; i < hits.size(); ++i) {
      const HitEvent& hit = hits[i * step % hits.size()];
      const std::size_t before = together.text().size();
      sink.write(hit);
      Written alone;
      JsonlSink fresh({}, alone.destination());
      fresh.write(start_event());
      const std::size_t start = alone.text().size();
      fresh.write(hit);
      ASSERT_EQ(together.text().substr(before), alone.text().substr(start));
    }
}

}  // namespace
}  // namespace sidestep::output
