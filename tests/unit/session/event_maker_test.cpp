// Records become events with what belongs to them, and with nothing of the event before, whose
// memory is used again.
#include "session/event_maker.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "output/capture.hpp"

namespace sidestep::session {
namespace {

using core::Observation;
using core::Record;
using Bytes = std::vector<std::uint8_t>;

core::Capture capture(const std::vector<std::string>& labels) {
  core::Capture made;
  made.program.items = static_cast<std::uint16_t>(labels.size());
  for (std::uint16_t i = 0; i < labels.size(); ++i) {
    core::Shape shape;
    shape.kind = core::Shape::Kind::Unsigned;
    shape.size = 8;
    shape.item = i;
    made.values.emplace_back(labels[i], shape);
  }
  return made;
}

void put_items(Bytes& out, const std::vector<std::uint64_t>& values) {
  for (const std::uint64_t value : values) {
    core::append(out, core::ItemHead::Status::Ok);
    core::append(out, static_cast<std::uint32_t>(sizeof value));
    core::append(out, value);
  }
}

class EventMakerTest : public testing::Test {
 protected:
  SiteId add_site(unsigned probes, core::Observations observations = {}) {
    SiteInfo site;
    site.func = "f" + std::to_string(probes);
    for (unsigned i = 0; i < probes; ++i) site.probes.push_back(ProbeId{i});
    if (observations.empty()) return catalog_.add(site, nullptr);
    return catalog_.add(site, std::make_shared<core::Observations>(std::move(observations)));
  }
  Record record(SiteId site) {
    Record record;
    record.ts = 7;
    record.seq = 40;
    record.site = site;
    record.pid = Pid{getpid()};
    record.tid = Tid{getpid()};
    return record;
  }
  std::vector<HitEvent> hits() { return sink_.all<HitEvent>(); }
  static std::uint64_t number(const Value& value) { return std::get<std::uint64_t>(value.what); }

  Catalog catalog_;
  output::CaptureSink sink_;
  EventMaker maker_{catalog_, [this](const Event& event) { sink_.write(event); }};
};

TEST_F(EventMakerTest, AllProbesOfASiteThatIsNotWatched) {
  const Record arrival = record(add_site(2));
  EXPECT_EQ(maker_.count_hits(arrival, {}), 2u);
  maker_.make_hits(arrival, {});
  ASSERT_EQ(hits().size(), 2u);
  EXPECT_EQ(hits()[0].site->func, "f2");
  EXPECT_EQ(hits()[0].ts, 7);
  EXPECT_EQ(hits()[0].probe, ProbeId{0});
  EXPECT_EQ(hits()[0].seq, 40u);
  EXPECT_EQ(hits()[1].probe, ProbeId{1});
  EXPECT_EQ(hits()[1].seq, 41u);
  EXPECT_TRUE(hits()[1].args.empty());
}

TEST_F(EventMakerTest, NothingIsLeftOfTheEventBefore) {
  core::Observations two(2);
  two[0].at_entry = capture({"a", "b"});
  two[1].at_entry = capture({"c"});
  const SiteId watched = add_site(2, two), plain = add_site(1);
  Bytes both = {1, 1}, second = {0, 1};
  put_items(both, {1, 2, 3});
  put_items(second, {4});
  for (Bytes* payload : {&both, &second}) core::append(*payload, core::Stack{});
  maker_.make_hits(record(watched), both);
  maker_.make_hits(record(watched), second);
  maker_.make_hits(record(plain), {});
  EXPECT_EQ(maker_.count_hits(record(watched), second), 1u);
  ASSERT_EQ(hits().size(), 4u);
  ASSERT_EQ(hits()[0].args.size(), 2u);
  EXPECT_EQ(hits()[0].args[1].name, "b");
  EXPECT_EQ(number(hits()[0].args[1].value), 2u);
  for (const std::size_t of_second : {1u, 2u}) {
    ASSERT_EQ(hits()[of_second].args.size(), 1u);
    EXPECT_EQ(hits()[of_second].args[0].name, "c");
    EXPECT_EQ(hits()[of_second].probe, ProbeId{1});
    EXPECT_EQ(number(hits()[of_second].args[0].value), of_second + 2);
  }
  EXPECT_EQ(hits()[3].site->func, "f1");
  EXPECT_TRUE(hits()[3].args.empty());
}

TEST_F(EventMakerTest, AReturnHasArgumentsAndWhatItReturned) {
  core::Observations one(1);
  one[0].at_return = true;
  one[0].at_entry = capture({"a"});
  one[0].at_exit = capture({"retval", "errno"});
  const Record back = record(add_site(1, one));
  for (const std::uint64_t value : {5u, 6u}) {
    Bytes entry = {1}, payload;
    put_items(entry, {value});
    core::append(entry, core::Stack{});
    core::append(payload, Nanoseconds{900});
    core::append(payload, Nanoseconds{800});
    payload.push_back(1);
    core::append(payload, static_cast<std::uint32_t>(entry.size()));
    payload.insert(payload.end(), entry.begin(), entry.end());
    put_items(payload, {value * 10, value * 100});
    EXPECT_EQ(maker_.count_returns(back, payload), 1u);
    maker_.make_returns(back, payload);
    const ReturnEvent call = sink_.all<ReturnEvent>().back();
    EXPECT_EQ(call.net, 800);
    ASSERT_EQ(call.args.size(), 2u);
    EXPECT_EQ(call.args[0].name, "a");
    EXPECT_EQ(number(call.args[0].value), value);
    EXPECT_EQ(call.args[1].name, "errno");
    EXPECT_EQ(number(call.args[1].value), value * 100);
    ASSERT_TRUE(call.ret);
    EXPECT_EQ(number(*call.ret), value * 10);
  }
}

/// Read from /proc, so that the test's own thread will do.
TEST(ThreadNames, AreReadAnewAfterAWhile) {
  ThreadNames names;
  Record record;
  record.ts = 1'000'000'000;
  record.pid = Pid{getpid()};
  record.tid = Tid{gettid()};
  prctl(PR_SET_NAME, "before");
  EXPECT_EQ(names.of(record), "before");
  prctl(PR_SET_NAME, "behind");
  EXPECT_EQ(names.of(record), "before");
  record.ts += 1'000'000'000;
  EXPECT_EQ(names.of(record), "behind");
  prctl(PR_SET_NAME, "third");
  names.forget(record.tid);
  EXPECT_EQ(names.of(record), "third") << "a new thread with that number";
  Record gone = record;
  gone.tid = Tid{0x7ffffff0};
  EXPECT_EQ(names.of(gone), "third") << "its process's";
}

}  // namespace
}  // namespace sidestep::session
