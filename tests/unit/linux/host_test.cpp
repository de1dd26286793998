// Who may trace whom, said in words: Yama's scopes and our capabilities, from files that stand in
// for the kernel's.
#include "linux/host.hpp"

#include <errno.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "linux/attach.hpp"
#include "linux/launch.hpp"
#include "linux/obstacles.hpp"

namespace sidestep::os {
namespace {

using Verdict = Finding::Verdict;

/// A /proc with as much in it as is read. Scope -1: no Yama.
class Proc {
 public:
  Proc(int scope, bool capable) {
    std::string name = std::filesystem::temp_directory_path() / "sidestep-proc-XXXXXX";
    path_ = mkdtemp(name.data());
    std::filesystem::create_directories(path_ + "/self");
    std::ofstream(path_ + "/self/status")
        << "Name:\tx\nCapEff:\t" << (capable ? "000001ffffffffff" : "000001fffff7ffff") << "\n";
    if (scope < 0) return;
    std::filesystem::create_directories(path_ + "/sys/kernel/yama");
    std::ofstream(path_ + "/sys/kernel/yama/ptrace_scope") << scope << "\n";
  }
  ~Proc() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Row {
  int scope;
  bool capable;
  Verdict doctor;
  const char* doctor_says;
  const char* error_says;   // of -p; the process is our own
  const char* launch_says;  // of a child that can't be traced
};

class Yama : public testing::TestWithParam<Row> {};

TEST_P(Yama, IsNamedByDoctorAndInErrors) {
  const Row& row = GetParam();
  const Proc proc(row.scope, row.capable);
  const Finding finding = examine_attaching(proc.path());
  EXPECT_EQ(finding.verdict, row.doctor) << finding.says;
  EXPECT_NE(finding.says.find(row.doctor_says), std::string::npos) << finding.says;
  const std::string error = why_not({::getpid()}, EPERM, proc.path()).message;
  EXPECT_NE(error.find(row.error_says), std::string::npos) << error;
  const bool blames = error.find("Yama") != std::string::npos;
  EXPECT_EQ(blames, std::string(row.error_says).find("ptrace_scope") != std::string::npos) << error;
  const std::string launch = why_no_child(EPERM, proc.path());
  EXPECT_NE(launch.find(row.launch_says), std::string::npos) << launch;
}

INSTANTIATE_TEST_SUITE_P(
    Host, Yama,
    testing::Values(
        Row{-1, false, Verdict::Note, "your own processes", "not dumpable", "seccomp"},
        Row{-1, true, Verdict::Good, "any process", "not dumpable", "seccomp"},
        Row{0, false, Verdict::Note, "your own processes", "not dumpable", "seccomp"},
        Row{0, true, Verdict::Good, "any process", "not dumpable", "seccomp"},
        Row{1, false, Verdict::Note, "own children", "ptrace_scope is 1", "seccomp"},
        Row{1, true, Verdict::Good, "any process", "not dumpable", "seccomp"},
        Row{2, false, Verdict::Bad, "with CAP_SYS_PTRACE only", "ptrace_scope is 2",
            "ptrace_scope is 2"},
        Row{2, true, Verdict::Good, "any process", "not dumpable", "seccomp"},
        Row{3, false, Verdict::Bad, "until a reboot", "ptrace_scope is 3", "ptrace_scope is 3"},
        Row{3, true, Verdict::Bad, "until a reboot", "ptrace_scope is 3", "ptrace_scope is 3"}),
    [](const auto& one) {
      const int scope = one.param.scope;
      return (scope < 0 ? std::string("None") : "Scope" + std::to_string(scope)) +
             (one.param.capable ? "Capable" : "");
    });

/// The text says what would help: at scope 2 being root helps, at 3 nothing does.
TEST(YamaAdvice, NoneWhereThereIsNone) {
  EXPECT_NE(yama_on_attaching(2, false).find("as root"), std::string::npos);
  EXPECT_EQ(yama_on_attaching(3, false).find("as root"), std::string::npos);
}

TEST(Obstacles, NoFilterIsInTheWayHere) {
  EXPECT_FALSE(ptrace_is_filtered());
}

TEST(Obstacles, OwnUserNamespace) {
  EXPECT_FALSE(in_other_user_namespace({::getpid()}));
}

}  // namespace
}  // namespace sidestep::os
