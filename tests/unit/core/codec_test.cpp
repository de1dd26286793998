// Every state, event and site survives being written and read; nothing malformed is accepted.
#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace sidestep::core::test {
namespace {

/// Reads `text(value)` back; "" if it can't be read to its end.
template <class T>
std::string round_trip(const T& value) {
  const std::string written = text(value);
  std::string_view in = written;
  T back{};
  if (!codec::get(in, back) || !in.empty()) return "";
  return text(back);
}

TEST(Codec, States) {
  for (std::uint32_t c = 1; c <= classes; ++c)
    for (const ThreadState& state : states(c)) {
      const std::string written = text(state);
      std::string_view in = written;
      ThreadState back;
      ASSERT_TRUE(codec::get(in, back) && in.empty()) << written;
      EXPECT_EQ(back, state) << written;
    }
}

TEST(Codec, Events) {
  for (std::uint32_t c = 1; c <= classes; ++c)
    for (const StopEvent& event : events(c)) EXPECT_EQ(round_trip(event), text(event));
}

TEST(Codec, Sites) {
  for (std::uint32_t c = 1; c <= classes; ++c) EXPECT_EQ(round_trip(plan_of(c)), text(plan_of(c)));
  // Each field has a place of its own: two plans that differ never have the same text.
  SitePlan a = plan_of(plain), b = a;
  b.pushes_flags = true;
  EXPECT_NE(text(a), text(b));
}

TEST(Codec, ExtremeNumbers) {
  const ThreadState state = state::Stepping{SiteId::None, state::Stepping::Where::InPlace, 64};
  EXPECT_EQ(round_trip(state), "Stepping(4294967295,1,64)");
  const StopEvent event = stop::Exit{
      {Place::Where::Twin, id(3), PcPoint::Progress::Done, {0xffff'ffff'ffff'ffff}, {0}}};
  EXPECT_EQ(round_trip(event), "Exit(place(2,3,2,0xffffffffffffffff,0x0))");
}

TEST(Codec, NamesThatBeginAlikeAreToldApart) {
  for (const char* written : {"Vfork()", "VforkDone()", "Exit(place(0,1,0,0x1,0x1))", "Exec()"}) {
    std::string_view in = written;
    StopEvent event;
    ASSERT_TRUE(codec::get(in, event)) << written;
    EXPECT_EQ(text(event), written);
  }
}

TEST(Codec, MalformedIsRefused) {
  for (const char* written : {"", "Free", "Free(", "Stepping(1,0)", "Stepping(1,0,0",
                              "Stepping(x,0,0)", "Stepping(1 0 0)", "Steppin(1,0,0)", "free()"}) {
    std::string_view in = written;
    ThreadState state;
    EXPECT_FALSE(codec::get(in, state)) << written;
  }
}

}  // namespace
}  // namespace sidestep::core::test
