// The C library's allocator under several threads, traced without a word of debug information from
// it: calls, sizes and every single pointer balance with what the program counted itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "race/exactness.hpp"
#include "support/events.hpp"

namespace sidestep::test {
namespace {

const std::string kMalloc = "malloc@libc.so*%return $arg1:u64";
const std::string kCalloc = "calloc@libc.so*%return $arg1:u64 $arg2:u64";
const std::string kRealloc = "realloc@libc.so*%return $arg1 $arg2:u64";
const std::string kFree = "free@libc.so* $arg1 if $arg1 != 0";

std::uint64_t arg(const Event& event, const char* name) {
  const auto found = event.args.find(name);
  return found == event.args.end() ? ~0ull : value_of(found->second);
}

/// A block was handed out, or taken back.
struct Deed {
  std::uint64_t block;
  std::int64_t at_ns;
  bool given;
};

/// In the order in which threads did them. A block's next owner gets it when its last one has given
/// it up, so there is no tie that matters.
std::vector<Deed> deeds_in(const std::vector<Event>& events) {
  std::vector<Deed> deeds;
  for (const Event& event : events) {
    if (event.probe == kFree) deeds.push_back({arg(event, "arg1"), event.ts_ns, false});
    if (event.probe == kRealloc)
      deeds.push_back({arg(event, "arg1"), event.ts_ns - event.gross_ns, false});
    if (event.returned) deeds.push_back({value_of(event.ret), event.ts_ns, true});
  }
  std::sort(deeds.begin(), deeds.end(), [](const Deed& a, const Deed& b) {
    return std::tie(a.block, a.at_ns) < std::tie(b.block, b.at_ns);
  });
  return deeds;
}

class Allocations : public testing::TestWithParam<Mode> {
 protected:
  Recording recorded(const char* rounds) {
    std::vector<std::string> args = GetParam().args;
    for (const std::string& probe : {kMalloc, kCalloc, kRealloc, kFree})
      args.insert(args.end(), {"-x", probe});
    return record(args, {tracee("allocator"), "4", rounds});
  }
};

std::uint64_t said(const Recording& run, const char* key) {
  return number(run.traced.run.out, key).value_or(~0ull);
}

void expect_calls(const Recording& run, const std::string& probe, std::uint64_t calls) {
  EXPECT_EQ(run.summary(probe).hits, calls) << probe << story(run.traced);
  EXPECT_EQ(run.of(probe).size(), calls) << probe;
  if (probe == kFree) return;
  EXPECT_EQ(run.summary(probe).returns, calls) << probe << story(run.traced);
  EXPECT_EQ(run.summary(probe).unfinished, 0U) << probe << story(run.traced);
}

void expect_sizes(const Recording& run) {
  std::uint64_t malloc_bytes = 0, calloc_bytes = 0, realloc_bytes = 0;
  for (const Event& event : run.of(kMalloc)) malloc_bytes += arg(event, "arg1");
  for (const Event& event : run.of(kCalloc))
    calloc_bytes += arg(event, "arg1") * arg(event, "arg2");
  for (const Event& event : run.of(kRealloc)) realloc_bytes += arg(event, "arg2");
  EXPECT_EQ(malloc_bytes, said(run, "malloc_bytes"));
  EXPECT_EQ(calloc_bytes, said(run, "calloc_bytes"));
  EXPECT_EQ(realloc_bytes, said(run, "realloc_bytes"));
}

/// Each pointer is given, taken, given, taken; what is left at the end is as much as the program
/// says.
void expect_pointers(const Recording& run) {
  std::uint64_t given = 0, taken = 0, live = 0, wrong = 0;
  const std::vector<Deed> deeds = deeds_in(run.events);
  for (std::size_t i = 0; i < deeds.size(); ++i) {
    (deeds[i].given ? given : taken) += deeds[i].block;
    const bool first = i == 0 || deeds[i - 1].block != deeds[i].block;
    const bool last = i + 1 == deeds.size() || deeds[i + 1].block != deeds[i].block;
    wrong += deeds[i].given != (first || !deeds[i - 1].given) ? 1 : 0;
    live += last && deeds[i].given ? 1 : 0;
  }
  EXPECT_EQ(wrong, 0U) << "blocks given twice, or taken without having been given";
  EXPECT_EQ(given, said(run, "given"));
  EXPECT_EQ(taken, said(run, "taken"));
  EXPECT_EQ(live, said(run, "live"));
}

TEST_P(Allocations, BalanceToTheLastPointer) {
  const Recording run = recorded(GetParam().bystanders_stop ? "100" : "400");
  ASSERT_TRUE(run.traced.valid) << story(run.traced);
  EXPECT_TRUE(checks_held(run.traced.run)) << story(run.traced);
  EXPECT_EQ(run.traced.missed, 0U) << story(run.traced);
  EXPECT_EQ(run.traced.lost, 0U) << story(run.traced);
  EXPECT_EQ(run.traced.audit, "held") << story(run.traced);
  expect_calls(run, kMalloc, said(run, "mallocs"));
  expect_calls(run, kCalloc, said(run, "callocs"));
  expect_calls(run, kRealloc, said(run, "reallocs"));
  expect_calls(run, kFree, said(run, "frees"));
  EXPECT_EQ(run.traced.filtered, said(run, "null_frees")) << story(run.traced);
  expect_sizes(run);
  expect_pointers(run);
  if (!GetParam().bystanders_stop) {
    EXPECT_EQ(run.traced.bystander_stops, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(System, Allocations, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

/// The control: the same program, the same probes, the trap lifted at each step.
TEST(AllocationsControl, LiftLoses) {
  std::vector<std::string> args = lift().args;
  for (const std::string& probe : {kMalloc, kCalloc, kRealloc, kFree})
    args.insert(args.end(), {"-x", probe});
  const Recording run = record(args, {tracee("allocator"), "4", "1000"});
  ASSERT_TRUE(run.traced.valid) << story(run.traced);
  EXPECT_TRUE(checks_held(run.traced.run)) << story(run.traced);
  EXPECT_GT(run.traced.hits, 0U);
  EXPECT_LT(run.traced.hits, said(run, "mallocs") + said(run, "callocs") + said(run, "reallocs") +
                                 said(run, "frees"))
      << story(run.traced);
  EXPECT_FALSE(run.traced.missed.has_value()) << story(run.traced);
}

}  // namespace
}  // namespace sidestep::test
