// Every instruction of programs and their libraries armed at once: output, standard error and exit
// status must be those of the untraced run, byte for byte, and the account exact.
#include <gtest/gtest.h>

#include <ostream>

#include "system/torture/trial.hpp"

namespace sidestep::test {

void PrintTo(const Workload& workload, std::ostream* out) {
  *out << workload.name;
}

namespace {

constexpr double most_seconds = 500;

class Torture : public testing::TestWithParam<Workload> {};

TEST_P(Torture, TheProgramCannotTell) {
  const Trial trial = attempt(GetParam(), most_seconds);
  RecordProperty("sites", std::to_string(trial.sites));
  RecordProperty("hits", std::to_string(trial.hits));
  EXPECT_TRUE(trial.problems.empty()) << joined(trial.problems);
}

/// The three longest, a minute each, are left to scripts/torture.
std::vector<Workload> short_ones() {
  std::vector<Workload> table = workloads({});
  std::erase_if(table, [](const Workload& one) {
    return one.name == "openssl-verify-p256" || one.name == "python3" || one.name == "go";
  });
  return table;
}

std::string test_name(const testing::TestParamInfo<Workload>& one) {
  std::string name = one.param.name;
  for (char& c : name)
    if (!isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(System, Torture, testing::ValuesIn(short_ones()), test_name);

// The control: a program whose output, errors and status differ from run to run is noticed.
TEST(TortureControl, ADifferenceIsSeen) {
  const Workload differs = {.name = "differs",
                            .command = {"sh", "-c", "echo $$; echo $$ >&2; exit $((1 + $$ % 100))"},
                            .probes = {"malloc@libc.so*"},
                            .least_hits = 1'000'000'000};
  const Trial trial = attempt(differs, most_seconds);
  const std::string problems = joined(trial.problems);
  for (const char* wanted : {"exit status", "output differs", "standard error differs", "hits"})
    EXPECT_NE(problems.find(wanted), std::string::npos) << wanted << " is not in\n" << problems;
}

}  // namespace
}  // namespace sidestep::test
