// What a program does with signals of its own, launched under the tracer and attached to in the
// middle: handlers of every kind, signals that are fetched instead, SIGTRAP. The tracees check
// themselves.
#include <gtest/gtest.h>

#include "race/exactness.hpp"
#include "support/background.hpp"

namespace sidestep::test {
namespace {

struct Program {
  const char* name;
  const char* size;           // its last argument
  const char* size_all_stop;  // there each signal is a stop of all
};

void PrintTo(const Program& program, std::ostream* out) {
  *out << program.name;
}

class Signals : public testing::TestWithParam<std::tuple<Mode, Program>> {
 protected:
  std::vector<std::string> command() const {
    const auto& [mode, program] = GetParam();
    return {tracee(program.name), "2", mode.bystanders_stop ? program.size_all_stop : program.size};
  }
  std::vector<std::string> args() const {
    std::vector<std::string> args = std::get<0>(GetParam()).args;
    args.insert(args.end(), {"-x", "target"});
    return args;
  }
};

TEST_P(Signals, OfALaunchedProgram) {
  const TraceSummary traced = trace(args(), command());
  expect_exact(traced);
  EXPECT_GT(traced.hits, 100U) << story(traced);
  // Signals must come upon threads at the site, or nothing is shown.
  EXPECT_GT(number(traced.run.out, "jumps").value_or(11), 10U) << story(traced);
  EXPECT_GT(number(traced.run.out, "handled_hot").value_or(1), 0U) << story(traced);
}

/// Come and gone twice in the middle of it.
TEST_P(Signals, OfAnAttachedProgram) {
  std::vector<std::string> endless = command(), with = args();
  endless.back() = "0";
  Background program(endless);
  ASSERT_TRUE(program.wait_for("ready=1"));
  with.insert(with.end(), {"--limit", "300", "-p", std::to_string(program.pid())});
  for (unsigned i = 0; i < 2; ++i) {
    const TraceSummary traced = trace(with, {});
    EXPECT_EQ(traced.missed, 0U) << story(traced);
    EXPECT_EQ(traced.audit, "held") << story(traced);
    EXPECT_EQ(traced.hits, 300U) << story(traced);
    EXPECT_EQ(changed_code(program.pid()), "");
  }
  const RunResult end = program.finish();
  EXPECT_TRUE(checks_held(end)) << end.out << " signal " << end.signal;
}

INSTANTIATE_TEST_SUITE_P(Race, Signals,
                         testing::Combine(testing::ValuesIn(exact_modes()),
                                          testing::Values(Program{"handlers", "120", "40"},
                                                          Program{"receipts", "1500", "500"},
                                                          Program{"traps", "80", "40"})),
                         [](const auto& one) {
                           return mode_name(std::get<0>(one.param)) + "_" +
                                  std::get<1>(one.param).name;
                         });

}  // namespace
}  // namespace sidestep::test
