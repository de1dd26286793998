// Each tracee by itself, untraced: its own checks hold, and it counts what it was told to do. A
// race test that fails on a tracee which is wrong by itself would prove nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "support/run.hpp"

namespace sidestep::test {
namespace {

RunResult untraced(const std::string& name, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), tracee(name));
  RunResult result = run(arguments);
  EXPECT_TRUE(checks_held(result))
      << name << ": exit " << result.exit_code << " signal " << result.signal << "\n"
      << result.out << result.err;
  return result;
}

std::string program_name(const testing::TestParamInfo<const char*>& one) {
  std::string name = one.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class Spin : public testing::TestWithParam<const char*> {};

TEST_P(Spin, CountsEveryCall) {
  EXPECT_EQ(arrivals(untraced(GetParam(), {"8", "20000"})), 160000U);
  EXPECT_EQ(arrivals(untraced(GetParam(), {"1", "0"})), 0U);
}

INSTANTIATE_TEST_SUITE_P(Tracee, Spin,
                         testing::Values("spin", "spin-nopie", "spin-static", "spin-static-pie",
                                         "spin-stripped", "spin-shared", "spin-dlopen", "spin-push",
                                         "spin-sites", "spin-patchable"),
                         program_name);

TEST(Tracee, SpinRejectsWrongArguments) {
  EXPECT_EQ(run({tracee("spin"), "0"}).exit_code, 2);
  EXPECT_EQ(run({tracee("spin"), "4", "many"}).exit_code, 2);
}

TEST(Tracee, SpinAmongSleepersSaysHowFairItWas) {
  const RunResult result = untraced("spin", {"2", "20000", "30"});
  EXPECT_EQ(arrivals(result), 40000U);
  EXPECT_TRUE(key_values(result.out).contains("fairness"));
  EXPECT_FALSE(key_values(untraced("spin", {"2", "10"}).out).contains("fairness"));
}

TEST(Tracee, PacedTimesItsCalls) {
  const RunResult result = untraced("paced", {"500", "40"});
  EXPECT_EQ(arrivals(result), 40U);
  EXPECT_TRUE(key_values(result.out).contains("p99_us"));
}

TEST(Tracee, DlopenUnloadsAndReloads) {
  EXPECT_EQ(arrivals(untraced("spin-dlopen", {"4", "1003", "50"})), 4012U);
}

TEST(Tracee, Churn) {
  EXPECT_EQ(arrivals(untraced("churn", {"4", "1001", "3"})), 3003U);
}

TEST(Tracee, ThrowerAndTangledFindThemselvesRight) {
  EXPECT_NE(untraced("thrower", {"3", "3"}).out.find("round 2"), std::string::npos);
  EXPECT_EQ(arrivals(untraced("tangled", {"10"})), 160U);
}

TEST(Tracee, AllocatorAndSleeperCountWhatTheyDo) {
  const RunResult blocks = untraced("allocator", {"3", "40"});
  // 40 rounds: 14 of them by calloc, 26 by malloc, 10 with a realloc; all blocks were freed again.
  EXPECT_GE(number(blocks.out, "mallocs"), 3U * 26);
  EXPECT_GE(number(blocks.out, "callocs"), 3U * 14);
  EXPECT_EQ(number(blocks.out, "reallocs"), 3U * 10);
  EXPECT_EQ(number(blocks.out, "frees"), 3U * 40);
  EXPECT_EQ(number(blocks.out, "null_frees"), 3U * 8);
  const RunResult naps = untraced("sleeper", {"3", "2", "1"});
  EXPECT_EQ(number(naps.out, "naps"), 6U);
  EXPECT_EQ(number(naps.out, "calls"), 12U);
}

TEST(Tracee, Storm) {
  const RunResult result = untraced("storm", {"4", "20000", "200"});
  EXPECT_EQ(arrivals(result), 80000U);
  for (const char* key : {"handlers_queued", "handlers_timer", "handlers_itimer", "handlers_usr1",
                          "handlers_blocked"})
    EXPECT_GT(number(result.out, key).value_or(0), 10U) << key;
}

TEST(Tracee, BystanderServes) {
  const RunResult result = untraced("bystander", {"1", "--requests", "500"});
  EXPECT_EQ(number(result.out, "requests"), 500U);
  EXPECT_EQ(number(result.out, "eintr"), 0U);
  EXPECT_GT(arrivals(result).value_or(0), 0U);
}

TEST(Tracee, ForkerKnowsItsChildren) {
  const RunResult result = untraced("forker", {"50", "5", "2"});
  EXPECT_EQ(arrivals(result), 50U + 2 * 6 * 250U);
  EXPECT_EQ(number(result.out, "child_arrivals"), 250U);
  EXPECT_EQ(number(result.out, "vfork_arrivals"), 250U);
  EXPECT_EQ(number(result.out, "clone_vm_arrivals"), 500U);
  EXPECT_EQ(number(result.out, "spawned_arrivals"), 500U);
}

TEST(Tracee, ForkerCarriesItsCountAcrossExec) {
  EXPECT_EQ(arrivals(untraced("forker", {"--exec", "4", "10"})), 50U);
  EXPECT_EQ(arrivals(untraced("forker", {"--exec-thread", "4", "10"})), 50U);
}

TEST(Tracee, Syscalls) {
  const RunResult result = untraced("syscalls", {"4", "500", "2"});
  EXPECT_EQ(arrivals(result), 4 * 500U + 10 + 1 + 20 + 3 + 40 + 2);
}

class Insns : public testing::TestWithParam<const char*> {};

TEST_P(Insns, EveryClassIsRightByItself) {
  const RunResult result = untraced(GetParam(), {"4", "100"});
  EXPECT_GT(number(result.out, "cases").value_or(0), 90U);
  EXPECT_EQ(number(result.out, "insn_rip_load"), 400U);
  EXPECT_EQ(number(result.out, "insn_segv_load"), 800U);
}

INSTANTIATE_TEST_SUITE_P(Tracee, Insns, testing::Values("insns", "insns-nopie"), program_name);

TEST(Tracee, GophersPrintEveryLineOnce) {
  ASSERT_TRUE(std::filesystem::exists(tracee("gophers"))) << "needs a Go toolchain at build time";
  const RunResult result = untraced("gophers", {"8", "200"});
  EXPECT_EQ(arrivals(result), 1600U);
  std::set<std::string> lines;
  std::istringstream stream(result.out);
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  EXPECT_EQ(lines.size(), 1600U);
}

}  // namespace
}  // namespace sidestep::test
