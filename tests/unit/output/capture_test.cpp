#include "output/capture.hpp"

#include <gtest/gtest.h>

#include "samples.hpp"

namespace sidestep::output {
namespace {

TEST(Capture, KeepsEventsAndTheirSites) {
  CaptureSink sink;
  {
    SiteInfo mortal = sites()[0];
    HitEvent hit = hit_event(0);
    hit.site = &mortal;
    sink.write(hit);
    sink.write(hit);
    sink.write(gap_event("why"));
    mortal.func = "changed";
  }
  ASSERT_TRUE(sink.flush().ok());
  EXPECT_EQ(sink.events().size(), 3u);
  EXPECT_EQ(sink.flushes(), 1);
  const auto hits = sink.all<HitEvent>();
  ASSERT_EQ(hits.size(), 2u);
  EXPECT_EQ(hits[0].site->func, "malloc");
  EXPECT_EQ(hits[0].site, hits[1].site);
  EXPECT_EQ(sink.all<GapEvent>().at(0).reason, "why");
}

}  // namespace
}  // namespace sidestep::output
