// A checker reads the site's byte in /proc/PID/mem throughout a run: from the start record (armed)
// to the program's end it is an int3, always. Control: in lift mode the checker sees the gaps.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "race/exactness.hpp"
#include "race/session.hpp"

namespace sidestep::test {
namespace {

constexpr unsigned char kInt3 = 0xCC;

struct Seen {
  std::uint64_t armed = 0, other = 0;
  unsigned char what = 0;  // the last other byte
};

// Ends by itself: the memory of a program that is no more has nothing to read.
Seen watch(int memory, std::uint64_t site) {
  Seen seen;
  unsigned char byte = 0;
  while (pread(memory, &byte, 1, static_cast<off_t>(site)) == 1) {
    if (byte == kInt3) {
      ++seen.armed;
    } else {
      ++seen.other;
      seen.what = byte;
    }
  }
  return seen;
}

struct Watched {
  Seen seen;
  int status = -1;
  TraceSummary summary;
  std::string out, err;
};

Watched watched_run(const Mode& mode, const std::string& program, const std::string& calls) {
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-x", "target"});
  Session session(args, {tracee(program), "4", calls});
  Watched result;
  const std::string path = "/proc/" + std::to_string(session.tracee()) + "/mem";
  const int memory = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_GE(memory, 0) << path << session.err();
  std::thread checker([&] { result.seen = watch(memory, session.site()); });
  result.status = session.finish();
  checker.join();
  close(memory);
  result.summary = session.summary();
  result.out = session.out();
  result.err = session.err();
  std::printf("%s %s: %lu reads of an int3, %lu of something else, %lu hits\n", mode.name,
              program.c_str(), result.seen.armed, result.seen.other, result.summary.hits);
  return result;
}

class AlwaysArmed : public testing::TestWithParam<std::tuple<int, std::string>> {};

TEST_P(AlwaysArmed, TheSiteIsNeverWithoutItsInt3) {
  const auto& [mode, program] = GetParam();
  const Watched run = watched_run(exact_modes()[static_cast<std::size_t>(mode)], program, "20000");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.summary.hits, 80000U) << run.err;
  EXPECT_EQ(number(run.out, "ok"), 1U) << run.out;
  EXPECT_GT(run.seen.armed, 1000U);
  EXPECT_EQ(run.seen.other, 0U) << "last seen " << int{run.seen.what};
}

INSTANTIATE_TEST_SUITE_P(
    Displaced, AlwaysArmed,
    testing::Combine(testing::Values(0, 1), testing::Values<std::string>("spin-nopie", "spin")),
    [](const auto& one) {
      const std::string name = std::get<1>(one.param);
      return name.substr(0, 4) + (name.size() > 4 ? "Nopie" : "") +
             exact_modes()[static_cast<std::size_t>(std::get<0>(one.param))].name;
    });

TEST(AlwaysArmed, TheCheckerSeesLiftsGaps) {
  const Watched run = watched_run(lift(), "spin-nopie", "20000");
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_GT(run.seen.armed, 0U);
  EXPECT_GT(run.seen.other, 0U);
  EXPECT_EQ(run.seen.what, 0x48) << "target begins with REX.W";
}

}  // namespace
}  // namespace sidestep::test
