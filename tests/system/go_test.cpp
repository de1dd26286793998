// A Go program as Go builds it: SIGURG preemption, garbage collection, goroutines that migrate, and
// more than 10,000 calls of fmt.Printf; output intact to the last byte, hits exact. The function's
// entry is also where Go's stack check comes back to after runtime.morestack, which by definition
// is another arrival; so exactness is proved just past that check.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "race/exactness.hpp"

namespace sidestep::test {
namespace {

// cmp 16(%r14),%rsp is four bytes, the jbe behind it two or six; list knows which is a boundary.
std::string past_the_stack_check() {
  for (const char* spec : {"fmt.Printf+0x6", "fmt.Printf+0xa"})
    if (run({binary("sidestep"), "list", "-x", spec, tracee("gophers")})
            .out.find("all can be armed") != std::string::npos)
      return spec;
  return {};
}

std::string line_of(std::uint64_t goroutine, std::uint64_t line, std::uint64_t lines) {
  return "goroutine " + std::to_string(goroutine) + " line " + std::to_string(line) + " of " +
         std::to_string(lines) + " checksum " +
         std::to_string((goroutine * 7919 + line * 104729) % 65521);
}

void expect_output_intact(const std::string& out, std::uint64_t goroutines, std::uint64_t lines) {
  std::multiset<std::string> wanted, printed;
  for (std::uint64_t g = 0; g < goroutines; ++g)
    for (std::uint64_t n = 0; n < lines; ++n) wanted.insert(line_of(g, n, lines));
  std::istringstream stream(out);
  for (std::string line; std::getline(stream, line);) printed.insert(line);
  EXPECT_EQ(printed.size(), wanted.size());
  EXPECT_TRUE(printed == wanted) << "lines are missing, doubled or damaged";
}

TraceSummary traced_in(const Mode& mode, const std::string& probe, std::uint64_t lines) {
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-x", probe});
  return trace(args, {tracee("gophers"), "8", std::to_string(lines)},
               {.timeout_s = 150, .environment = {{"GOMAXPROCS", "4"}}});
}

std::string brief(TraceSummary traced) {
  traced.run.out.clear();
  return story(traced);
}

class Go : public testing::TestWithParam<Mode> {
 protected:
  std::uint64_t lines() const { return GetParam().bystanders_stop ? 200 : 1500; }
};

TEST_P(Go, EveryPrintfIsAHit) {
  const std::string probe = past_the_stack_check();
  ASSERT_FALSE(probe.empty()) << "fmt.Printf does not begin with a stack check";
  const TraceSummary traced = traced_in(GetParam(), probe, lines());
  ASSERT_TRUE(traced.valid) << brief(traced);
  EXPECT_TRUE(checks_held(traced.run)) << brief(traced);
  EXPECT_EQ(arrivals(traced.run), 8 * lines()) << brief(traced);
  EXPECT_EQ(traced.hits, 8 * lines()) << brief(traced);
  EXPECT_EQ(traced.missed, 0U) << brief(traced);
  EXPECT_EQ(traced.audit, "held") << brief(traced);
  expect_output_intact(traced.run.out, 8, lines());
}

TEST_P(Go, TheEntryItselfHarmsNothing) {
  const TraceSummary traced = traced_in(GetParam(), "fmt.Printf", lines());
  ASSERT_TRUE(traced.valid) << brief(traced);
  EXPECT_TRUE(checks_held(traced.run)) << brief(traced);
  EXPECT_GE(traced.hits, 8 * lines()) << brief(traced);
  EXPECT_EQ(traced.missed, 0U) << brief(traced);
  EXPECT_EQ(traced.audit, "held") << brief(traced);
  expect_output_intact(traced.run.out, 8, lines());
}

INSTANTIATE_TEST_SUITE_P(System, Go, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });

}  // namespace
}  // namespace sidestep::test
