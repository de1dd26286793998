// Other ways to come by code and to leave it: libraries that come and go, processes made and images
// replaced, system-call instructions as sites, and one instruction of every class.
#include <gtest/gtest.h>

#include "race/exactness.hpp"

namespace sidestep::test {
namespace {

TraceSummary traced_in(const Mode& mode, const std::vector<std::string>& probes,
                       std::vector<std::string> command) {
  std::vector<std::string> args = mode.args;
  for (const std::string& one : probes) args.insert(args.end(), {"-x", one});
  command[0] = tracee(command[0]);
  return trace(args, command, {.timeout_s = 60});
}

class Kinds : public testing::TestWithParam<Mode> {};

TEST_P(Kinds, DlopenedByModuleName) {
  const TraceSummary traced =
      traced_in(GetParam(), {"target@libspin_late*"}, {"spin-dlopen", "4", "1003", "20"});
  expect_exact(traced, 4012);
}

TEST_P(Kinds, DlopenedByOptionalName) {
  const TraceSummary traced = traced_in(GetParam(), {"?target"}, {"spin-dlopen", "4", "1003", "5"});
  expect_exact(traced, 4012);
}

// One arrival, one hit; each of both probes has its own count.
TEST_P(Kinds, TwoProbesShareASite) {
  const TraceSummary traced =
      traced_in(GetParam(), {"target@libspin_late*", "?target"}, {"spin-dlopen", "2", "500", "2"});
  expect_exact(traced, 1000);
  ASSERT_EQ(traced.probes.size(), 2U) << story(traced);
  EXPECT_EQ(traced.probes[0].hits, 1000U) << story(traced);
  EXPECT_EQ(traced.probes[1].hits, 1000U) << story(traced);
}

TEST_P(Kinds, ForkedChildrenAreUnharmed) {
  const TraceSummary traced = traced_in(GetParam(), {"target"}, {"forker", "50", "10", "2"});
  expect_exact(traced);
  EXPECT_EQ(traced.hits, 50 + 2 * 6 * 500U) << story(traced);
  EXPECT_EQ(number(traced.run.out, "bad_children"), 0U) << story(traced);
}

/// -f: each child counts in memory of its own or of its parent, or is a new image.
TEST_P(Kinds, FollowedChildrenAreCounted) {
  std::vector<std::string> args = GetParam().args;
  args.insert(args.end(), {"-f", "-x", "target"});
  const TraceSummary traced = trace(args, {tracee("forker"), "50", "10", "2"});
  std::uint64_t all = 0;
  for (const char* key :
       {"arrivals", "child_arrivals", "vfork_arrivals", "clone_vm_arrivals", "spawned_arrivals"})
    all += number(traced.run.out, key).value_or(0);
  EXPECT_EQ(traced.hits, all) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held");
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
}

/// Parents that leave, or become another program, before their child's first stop can be seen.
TEST_P(Kinds, ChildrenOutliveTheirParents) {
  for (const char* leaving : {"--exit", "--exec"}) {
    std::vector<std::string> args = GetParam().args;
    args.insert(args.end(), {"-f", "-x", "target"});
    const TraceSummary traced = trace(args, {tracee("relay"), "40", "25", leaving});
    EXPECT_EQ(number(traced.run.out, "arrivals"), 1000U) << leaving << story(traced);
    EXPECT_EQ(traced.hits, 1000U) << leaving << story(traced);
    EXPECT_EQ(traced.missed, 0U) << story(traced);
  }
}

/// The same, not followed: `cat` ends when the last of them has.
TEST_P(Kinds, ChildrenThatAreLetGoOutliveTheirParents) {
  std::string command = binary("sidestep") + " -qq -c -o /dev/null -x target";
  for (const std::string& arg : GetParam().args) command += " " + arg;
  for (const char* leaving : {"--exit", "--exec"}) {
    const RunResult all =
        run({"sh", "-c", command + " -- " + tracee("relay") + " 40 25 " + leaving + " | cat"});
    EXPECT_EQ(number(all.out, "arrivals"), 1000U) << leaving << all.out << all.err;
    EXPECT_EQ(number(all.out, "ok"), 1U) << all.out;
  }
}

TEST_P(Kinds, ExecedImagesAreProbedAnew) {
  expect_exact(traced_in(GetParam(), {"target"}, {"forker", "--exec", "5", "100"}), 600);
}

TEST_P(Kinds, ExecFromAnotherThread) {
  expect_exact(traced_in(GetParam(), {"target"}, {"forker", "--exec-thread", "5", "100"}), 600);
}

/// Threads that block SIGTRAP, and a handler for it: the kernel takes both away, see
/// trap_action.cpp.
TEST_P(Kinds, BlockedTrapsAndTheirHandlerAreKept) {
  expect_exact(traced_in(GetParam(), {"target"}, {"masked", "4", "500", "20"}), 2021);
}

class Syscalls : public testing::TestWithParam<std::tuple<Mode, std::string>> {};

TEST_P(Syscalls, AreCountedOnceAndRestartedRight) {
  const auto& [mode, stops] = GetParam();
  const TraceSummary traced =
      traced_in(mode, {"sys_site", "sys80_site"}, {"syscalls", "4", "500", stops});
  ASSERT_EQ(traced.probes.size(), 2U) << story(traced);
  EXPECT_EQ(number(traced.run.out, "failed"), 0U) << story(traced);
  EXPECT_EQ(traced.probes[0].hits, arrivals(traced.run)) << story(traced);
  EXPECT_EQ(traced.probes[1].hits, number(traced.run.out, "int80_arrivals")) << story(traced);
  expect_exact(traced, traced.probes[0].hits + traced.probes[1].hits);
}

class Insns : public testing::TestWithParam<std::tuple<Mode, std::string>> {};

TEST_P(Insns, EveryClassIsExact) {
  const auto& [mode, program] = GetParam();
  const TraceSummary traced =
      traced_in(mode, {"insn_*"}, {program, "4", mode.bystanders_stop ? "20" : "200"});
  ASSERT_TRUE(traced.valid) << story(traced);
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
  EXPECT_EQ(traced.missed, 0U);
  EXPECT_EQ(traced.audit, "held");
  const auto hits = function_hits(traced);
  unsigned cases = 0;
  for (const auto& [name, value] : key_values(traced.run.out)) {
    if (!name.starts_with("insn_")) continue;
    ++cases;
    const auto found = hits.find(name);
    EXPECT_EQ(found == hits.end() ? 0 : found->second, std::stoul(value)) << name;
  }
  EXPECT_EQ(cases, number(traced.run.out, "cases")) << story(traced);
}

// Nobody else's trap comes before: what the engine does once in a process, it would do at this one.
TEST_P(Kinds, TheProgramsOwnTrapAloneIsCountedOnce) {
  const TraceSummary traced = traced_in(GetParam(), {"insn_int3"}, {"insns", "2", "50", "int3"});
  ASSERT_EQ(traced.probes.size(), 1U) << story(traced);
  EXPECT_TRUE(checks_held(traced.run)) << story(traced);
  EXPECT_EQ(traced.probes[0].hits, number(traced.run.out, "insn_int3")) << story(traced);
}

std::string pair_name(const testing::TestParamInfo<std::tuple<Mode, std::string>>& one) {
  std::string name = std::get<1>(one.param);
  for (char& c : name)
    if (c == '-') c = '_';
  return mode_name(std::get<0>(one.param)) + "_" + name;
}

INSTANTIATE_TEST_SUITE_P(Race, Kinds, testing::ValuesIn(exact_modes()),
                         [](const auto& one) { return mode_name(one.param); });
INSTANTIATE_TEST_SUITE_P(Race, Syscalls,
                         testing::Combine(testing::ValuesIn(exact_modes()),
                                          testing::Values<std::string>("0", "5")),
                         pair_name);
INSTANTIATE_TEST_SUITE_P(Race, Insns,
                         testing::Combine(testing::ValuesIn(exact_modes()),
                                          testing::Values<std::string>("insns", "insns-nopie")),
                         pair_name);

}  // namespace
}  // namespace sidestep::test
