#include "output/clock.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include "samples.hpp"

namespace sidestep::output {
namespace {

class ClockTest : public testing::Test {
 protected:
  ClockTest() : zone_("TZ", "UTC") { tzset(); }

  static std::string shown(Clock& clock, Nanoseconds after_start) {
    fmt::memory_buffer out;
    clock.append(out, kStart + after_start);
    return fmt::to_string(out);
  }
  static Clock clock(Timestamps absolute, RelativeTime relative = RelativeTime::Off) {
    Clock made(absolute, relative);
    made.set(kStart, kRealStart);
    return made;
  }

 private:
  Environment zone_;
};

TEST_F(ClockTest, NoneIsNothing) {
  Clock none = clock(Timestamps::None);
  EXPECT_FALSE(none.shows_anything());
  EXPECT_EQ(shown(none, 0), "");
}

TEST_F(ClockTest, TimeOfDay) {
  Clock seconds = clock(Timestamps::Seconds);
  EXPECT_EQ(shown(seconds, 0), "13:07:59 ");
  EXPECT_EQ(shown(seconds, 999'876'543), "13:07:59 ");
  EXPECT_EQ(shown(seconds, 999'876'544), "13:08:00 ");
  EXPECT_EQ(shown(seconds, 0), "13:07:59 ");  // back again, out of order
}

TEST_F(ClockTest, Microseconds) {
  Clock micro = clock(Timestamps::Microseconds);
  EXPECT_EQ(shown(micro, 0), "13:07:59.000123 ");
  EXPECT_EQ(shown(micro, 1'000'000), "13:07:59.001123 ");
}

TEST_F(ClockTest, Epoch) {
  Clock epoch = clock(Timestamps::Epoch);
  EXPECT_EQ(shown(epoch, 0), "1416748079.000123 ");
  EXPECT_EQ(shown(epoch, 1'000'000'000), "1416748080.000123 ");
}

TEST_F(ClockTest, LocalTimeIsLocal) {
  const Environment zone("TZ", "XYZ-5:30");
  tzset();
  Clock seconds = clock(Timestamps::Seconds);
  EXPECT_EQ(shown(seconds, 0), "18:37:59 ");
}

TEST_F(ClockTest, RelativeIsToThePreviousEvent) {
  Clock relative = clock(Timestamps::None, RelativeTime::On);
  EXPECT_EQ(shown(relative, 700), "     0.000000 ");
  EXPECT_EQ(shown(relative, 700 + 1'234'567'000), "     1.234567 ");
  EXPECT_EQ(shown(relative, 700), "     0.000000 ");  // never negative
}

TEST_F(ClockTest, BothAsStraceShowsThem) {
  Clock both = clock(Timestamps::Seconds, RelativeTime::On);
  shown(both, 0);
  EXPECT_EQ(shown(both, 2'000'000'000), "13:08:01 (+     2.000000) ");
}

}  // namespace
}  // namespace sidestep::output
