// Where a program may run: another user's, in namespaces of its own, sandboxed, or with files that
// are not what their names say. Either every arrival is a hit, or the refusal names its cause.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "race/exactness.hpp"
#include "race/visit.hpp"

namespace sidestep::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// An ordinary user, who owns nothing here.
const Words nobody = {"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"};

Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// tracee/visited, ready.
class Visited : public Background {
 public:
  explicit Visited(const Words& prefix = {}, const std::string& how = "0",
                   const std::string& program = tracee("visited"))
      : Background(prefix + Words{program, how, "2"}) {
    if (!wait_for("ready=1")) throw std::runtime_error("the program never was ready");
  }
  void end() {
    const RunResult result = finish();
    EXPECT_TRUE(checks_held(result)) << result.out << " signal " << result.signal;
  }
};

// One line, exit 125, and the words; the program unharmed.
void expect_refused(const Words& prefix, pid_t pid, const Words& says) {
  const RunResult result =
      run(prefix + Words{binary("sidestep"), "-x", "windowed", "-p", std::to_string(pid)});
  EXPECT_EQ(result.exit_code, 125) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  for (const std::string& words : says)
    EXPECT_NE(result.err.find(words), std::string::npos) << words << ": " << result.err;
  EXPECT_EQ(changed_code(pid), "");
  EXPECT_EQ(tracer_of(pid), 0);
}

// What doctor says of it, with the same exit status.
void expect_diagnosed(const Words& prefix, pid_t pid, const std::string& says) {
  const RunResult result =
      run(prefix + Words{binary("sidestep"), "doctor", "-p", std::to_string(pid)});
  EXPECT_EQ(result.exit_code, 125) << result.out;
  EXPECT_NE(result.out.find(says), std::string::npos) << result.out;
}

// In a shell of its own, whose mounts nobody else sees; its arguments are $1, $2, ...
Words with_mounts(const std::string& mounts, const std::string& then) {
  return {"unshare", "--mount", "sh", "-c", mounts + " && exec " + then + " \"$@\"", "sh"};
}

#define NEEDS_ROOT() \
  if (getuid() != 0) GTEST_SKIP() << "needs root, to be somebody else"
#define NEEDS_MOUNTS()                                    \
  NEEDS_ROOT();                                           \
  if (run({"unshare", "--mount", "true"}).exit_code != 0) \
  GTEST_SKIP() << "no mount namespace can be made here (a chroot is not a mount point)"

// --- whose process -------------------------------------------------------------------------------

TEST(AnotherUsers, IsExactAsRoot) {
  NEEDS_ROOT();
  Visited program(nobody);
  expect_exact_window(program, program.pid(), {"-x", "windowed"});
  program.end();
}

TEST(AnotherUsers, IsRefusedToAnOrdinaryUser) {
  NEEDS_ROOT();
  Visited program;
  expect_refused(nobody, program.pid(), {"belongs to user root", "runs as nobody"});
  expect_diagnosed(nobody, program.pid(), "belongs to user root");
  program.end();
}

TEST(OneselfOnly, IsExactWithoutAnyPrivilege) {
  NEEDS_ROOT();
  Visited program(nobody);
  expect_exact_window(program, program.pid(), {"-x", "windowed"}, nobody);
  program.end();
}

TEST(NotDumpable, IsExactAsRoot) {
  NEEDS_ROOT();
  Visited program(nobody, "1");
  expect_exact_window(program, program.pid(), {"-x", "windowed"});
  program.end();
}

TEST(NotDumpable, IsRefusedToItsOwnUser) {
  NEEDS_ROOT();
  Visited program(nobody, "1");
  expect_refused(nobody, program.pid(), {"not dumpable", "as root"});
  expect_diagnosed(nobody, program.pid(), "not dumpable");
  program.end();
}

// Root, as in a container that was not given the capability.
TEST(RootWithoutCapability, IsTold) {
  NEEDS_ROOT();
  const Words less = {"setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace"};
  Visited program, others(nobody);
  expect_refused(less, program.pid(), {"no CAP_SYS_PTRACE"});
  expect_refused(less, others.pid(), {"belongs to user nobody", "no CAP_SYS_PTRACE"});
  expect_diagnosed(less, program.pid(), "no CAP_SYS_PTRACE");
  program.end();
  others.end();
}

TEST(AlreadyTraced, NamesTheTracer) {
  Visited program;
  Visit visit(program.pid(), {"-x", "windowed"});
  ASSERT_TRUE(visit.armed());
  const std::string tracer = std::to_string(tracer_of(program.pid()));
  const RunResult second =
      run({binary("sidestep"), "-x", "target", "-p", std::to_string(program.pid())});
  EXPECT_EQ(second.exit_code, 125);
  EXPECT_NE(second.err.find("already traced by " + tracer + " (trace-engine)"), std::string::npos)
      << second.err;
  expect_diagnosed({}, program.pid(), "already traced by " + tracer);
  EXPECT_EQ(visit.leave().hits, 0U);
  program.end();
}

TEST(KernelThread, IsNamed) {
  expect_refused({}, 2, {"-p 2", "kernel thread"});
}

// --- namespaces ----------------------------------------------------------------------------------

TEST(UserNamespace, IsExactFromOutside) {
  if (run({"unshare", "--user", "true"}).exit_code != 0)
    GTEST_SKIP() << "no user namespace can be made here";
  Visited program({"unshare", "--user", "--map-root-user"});
  expect_exact_window(program, program.pid(), {"-x", "windowed"});
  program.end();
}

TEST(UserNamespace, IsNamedFromInside) {
  const Words inside = {"unshare", "--user", "--map-root-user"};
  if (run(inside + Words{"true"}).exit_code != 0)
    GTEST_SKIP() << "no user namespace can be made here";
  Visited program;
  expect_refused(inside, program.pid(), {"another user namespace"});
  expect_diagnosed(inside, program.pid(), "another user namespace");
  program.end();
}

// As a container is: user, process ids and mounts of its own.
TEST(Container, IsExactFromOutside) {
  NEEDS_MOUNTS();
  Background outside({"unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork",
                      "--kill-child", "sh", "-c",
                      "mount -t tmpfs none /mnt && cp " + tracee("visited") +
                          " /mnt/elsewhere && exec /mnt/elsewhere 0 2"});
  ASSERT_TRUE(outside.wait_for("ready=1"));
  EXPECT_NE(outside.said().find("pid=1\n"), std::string::npos);
  const auto inside = children_of(outside.pid());
  ASSERT_EQ(inside.size(), 1U);
  expect_exact_window(outside, inside[0], {"-x", "windowed"});
  EXPECT_TRUE(checks_held(outside.finish()));
}

// The path means, outside, another file, which even has the same inode number: the first of a fresh
// tmpfs. In it `windowed` is elsewhere.
TEST(Container, AFileOfTheSameNameAndInodeOutsideIsNotTaken) {
  NEEDS_MOUNTS();
  const std::string fresh = "mount -t tmpfs none /mnt && cp ";
  Background outside({"unshare", "--mount", "sh", "-c",
                      fresh + tracee("service") + " /mnt/x && unshare --mount sh -c '" + fresh +
                          tracee("visited") + " /mnt/x && exec /mnt/x 0 2'"});
  ASSERT_TRUE(outside.wait_for("ready=1"));
  const std::string pid = std::to_string(*number(outside.said(), "pid"));
  ASSERT_EQ(run({"nsenter", "--mount", "--target", std::to_string(outside.pid()), "sh", "-c",
                 "test $(stat -c %i /mnt/x) = $(stat -c %i /proc/" + pid + "/root/mnt/x)"})
                .exit_code,
            0);
  expect_exact_window(outside, std::stoi(pid), {"-x", "windowed"},
                      {"nsenter", "--mount", "--target", std::to_string(outside.pid())});
  EXPECT_TRUE(checks_held(outside.finish()));
}

// --- what this machine does not have: Yama, and a /proc that hides processes
// ----------------------

class YamaHere : public testing::TestWithParam<const char*> {};

TEST_P(YamaHere, IsNamed) {
  NEEDS_MOUNTS();
  const std::string scope = GetParam();
  const Words prefix =
      with_mounts("mount -t tmpfs none /proc/sys && mkdir -p /proc/sys/kernel/yama && echo " +
                      scope + " >/proc/sys/kernel/yama/ptrace_scope",
                  "setpriv --reuid 65534 --regid 65534 --clear-groups");
  Visited program(nobody, "1");  // the refusal itself has another cause
  const std::string says = "ptrace_scope is " + scope;
  expect_refused(prefix, program.pid(), {says});
  expect_diagnosed(prefix, program.pid(), says);
  program.end();
}

INSTANTIATE_TEST_SUITE_P(Race, YamaHere, testing::Values("1", "2", "3"));

TEST(HidePid, IsNamed) {
  NEEDS_MOUNTS();
  const Words hiding = with_mounts("mount -t proc -o hidepid=invisible none /proc",
                                   "setpriv --reuid 65534 --regid 65534 --clear-groups");
  Visited program;
  expect_refused(hiding, program.pid(), {"hidepid"});
  expect_diagnosed(hiding, program.pid(), "hidepid");
  program.end();
}

// --- sandboxes -----------------------------------------------------------------------------------

class Sandbox : public testing::TestWithParam<const char*> {};

TEST_P(Sandbox, AttachedIsExact) {
  Visited program({}, GetParam());
  expect_exact_window(program, program.pid(), {"-x", "windowed"});
  expect_exact_window(program, program.pid(), {"-x", "windowed"});  // its slots are found again
  program.end();
}

TEST_P(Sandbox, LaunchedIsExact) {
  const TraceSummary traced =
      trace({"-x", "windowed"}, {tracee("visited"), GetParam(), "2", "500"});
  expect_exact(traced, 500);
}

// 2 MDWE; filters: 3 kills for mmap, 4 refuses it, 5 allows it, 6 kills for anonymous code, entered
// before an exec.
INSTANTIATE_TEST_SUITE_P(Race, Sandbox, testing::Values("2", "3", "4", "5", "6"));

// --- files ---------------------------------------------------------------------------------------

// A directory of copies, gone with its owner.
class Copies {
 public:
  Copies() {
    std::string name = fs::temp_directory_path() / "sidestep-copies-XXXXXX";
    directory_ = mkdtemp(name.data());
    fs::permissions(directory_, fs::perms::owner_all | fs::perms::others_exec);
  }
  ~Copies() { fs::remove_all(directory_); }
  std::string add(const std::string& name, const std::string& as) {
    fs::copy_file(tracee(name), directory_ + "/" + as);
    return directory_ + "/" + as;
  }

 private:
  std::string directory_;
};

TEST(Executable, Deleted) {
  Copies copies;
  const std::string path = copies.add("visited", "program");
  Visited program({}, "0", path);
  fs::remove(path);
  expect_exact_window(program, program.pid(), {"-x", "windowed"});
  expect_exact_window(program, program.pid(), {"-x", "windowed@MAIN"});
  program.end();
}

// By a program that has `windowed` too, at another address.
TEST(Executable, Replaced) {
  Copies copies;
  const std::string path = copies.add("visited", "program"), other = copies.add("service", "other");
  Visited program({}, "0", path);
  fs::rename(other, path);
  expect_exact_window(program, program.pid(), {"-x", "windowed"});
  expect_exact_window(program, program.pid(), {"-x", "windowed@program"});
  program.end();
}

TEST(Executable, ReplacedUnderAnOrdinaryUser) {
  NEEDS_ROOT();
  Copies copies;
  const std::string path = copies.add("visited", "program"), other = copies.add("service", "other");
  Visited program(nobody, "0", path);
  fs::rename(other, path);
  expect_exact_window(program, program.pid(), {"-x", "windowed"}, nobody);
  program.end();
}

TEST(Library, Deleted) {
  Copies copies;
  const std::string path = copies.add("visited-shared", "program");
  const std::string library = copies.add("libwindowed.so", "libwindowed.so");
  Visited program({}, "0", path);
  fs::remove(library);
  expect_exact_window(program, program.pid(), {"-x", "windowed@libwindowed.so"});
  program.end();
}

// An ordinary user can't open it any more: the reason is said.
TEST(Library, DeletedUnderAnOrdinaryUser) {
  NEEDS_ROOT();
  Copies copies;
  const std::string path = copies.add("visited-shared", "program");
  const std::string library = copies.add("libwindowed.so", "libwindowed.so");
  Visited program(nobody, "0", path);
  fs::remove(library);
  const RunResult result = run(
      nobody + Words{binary("sidestep"), "-x", "windowed", "-p", std::to_string(program.pid())});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_NE(result.err.find("deleted or replaced"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("CAP_CHECKPOINT_RESTORE"), std::string::npos) << result.err;
  program.end();
}

}  // namespace
}  // namespace sidestep::test
