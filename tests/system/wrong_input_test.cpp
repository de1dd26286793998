// Everything that can be wrong about a launch: the right exit status, and one line on standard
// error that says what, and what to try; the command does not run, or runs to its own end.
#include <elf.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "race/exactness.hpp"
#include "support/background.hpp"
#include "support/temporary_file.hpp"

namespace sidestep::test {
namespace {

struct Wrong {
  const char* name;
  std::vector<std::string> args;  // of sidestep, the command included
  int status;
  std::vector<std::string> says;
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

// A run that must fail before the command's first instruction.
void expect_refused(const std::vector<std::string>& args, int status,
                    const std::vector<std::string>& says) {
  std::vector<std::string> argv = {binary("sidestep")};
  argv.insert(argv.end(), args.begin(), args.end());
  const RunResult result = run(argv);
  EXPECT_EQ(result.exit_code, status) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("sidestep: ")) << result.err;
  for (const std::string& words : says)
    EXPECT_NE(result.err.find(words), std::string::npos)
        << "wants '" << words << "': " << result.err;
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "%#lx", value);
  return text;
}

// The start of the first writable segment of a non-PIE: an address in data.
std::uint64_t data_address(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Elf64_Ehdr header{};
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    file.seekg(static_cast<std::streamoff>(header.e_phoff + i * sizeof segment));
    file.read(reinterpret_cast<char*>(&segment), sizeof segment);
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) != 0)
      return segment.p_vaddr + segment.p_filesz - 8;
  }
  return 0;
}

class Refused : public testing::TestWithParam<Wrong> {};

TEST_P(Refused, SaysWhatAndWhy) {
  expect_refused(GetParam().args, GetParam().status, GetParam().says);
}

const std::string spin = tracee("spin"), fixed = tracee("spin-nopie");

INSTANTIATE_TEST_SUITE_P(
    WrongInput, Refused,
    testing::Values(
        Wrong{"UnknownFunction", {"-x", "targte", spin}, 2, {"targte", "did you mean", "target"}},
        Wrong{"UnknownGlob", {"-x", "no_such_*", spin}, 2, {"no_such_*"}},
        Wrong{"InsideAnInstruction", {"-x", "target+1", spin}, 2, {"inside an instruction"}},
        Wrong{"BeyondTheModule", {"-x", "MAIN+0x5000000", fixed}, 2, {"MAIN+0x5000000"}},
        Wrong{"Unmapped", {"-x", "0x1000", fixed}, 2, {"0x1000", "not mapped"}},
        Wrong{"InData", {"-x", hex(data_address(fixed)), fixed}, 2, {"data"}},
        Wrong{"Vsyscall", {"-x", "0xffffffffff600000", fixed}, 2, {"vsyscall"}},
        Wrong{"RseqSection", {"-x", "in_sequence", RSEQ_SECTION}, 2, {"restartable"}},
        Wrong{"UnknownOption", {"--bogus", "-x", "target", spin}, 2, {"--bogus", "--help"}},
        Wrong{"NoGuessing", {"--pro", "-x", "target", spin}, 2, {"--pro"}},
        Wrong{"UnknownMode", {"--mode", "fast", "-x", "target", spin}, 2, {"fast"}},
        Wrong{"UnknownStep", {"--step", "double", "-x", "target", spin}, 2, {"double"}},
        Wrong{"BadLimit", {"--limit", "many", "-x", "target", spin}, 2, {"many"}},
        Wrong{"BadDuration", {"--duration", "soon", "-x", "target", spin}, 2, {"soon"}},
        Wrong{"NoProbe", {"--", spin}, 2, {"-x"}},
        Wrong{"NoCommand", {"-x", "target"}, 2, {"command"}},
        Wrong{"NoSuchProcess", {"-x", "target", "-p", "4194304"}, 125, {"4194304", "no such"}},
        Wrong{"AKernelThread", {"-x", "target", "-p", "2"}, 125, {"-p 2", "kernel thread"}},
        Wrong{"AttachAndLaunch", {"-x", "target", "-p", "1", spin}, 2, {"-p", "exclude"}},
        Wrong{"NotANumber", {"-x", "target", "-p", "spin"}, 2, {"spin", "pidof"}},
        Wrong{"LaterS", {"-S", "-x", "target", spin}, 2, {"-S"}},
        Wrong{"LaterHist", {"--hist", "-x", "target", spin}, 2, {"--hist"}},
        Wrong{"LaterTop", {"--top", "-x", "target", spin}, 2, {"--top"}},
        Wrong{"LaterOptFile", {"--opt-file", "-x", "target", spin}, 2, {"--opt-file"}},
        Wrong{"CommandNotFound", {"-x", "f", "no-such-command"}, 127, {"no-such-command"}},
        Wrong{"PathNotFound", {"-x", "f", "/no/such/file"}, 127, {"/no/such/file"}},
        Wrong{"NotExecutable", {"-x", "f", "/etc/passwd"}, 126, {"Permission denied"}},
        Wrong{"Directory", {"-x", "f", "/"}, 126, {"/"}},
        Wrong{"UnwritableOutput", {"-o", "/no/such/dir/f", "-x", "target", spin}, 125, {"-o"}}),
    [](const auto& one) { return std::string(one.param.name); });

// What is wrong with a probe is known before the command begins: from its text, or from the program
// that it is about.
INSTANTIATE_TEST_SUITE_P(
    WrongProbe, Refused,
    testing::Values(
        Wrong{"Suffix",
              {"-x", "target%isn", spin},
              2,
              {"'target%isn'", "'%isn'", "%return, %insn or %inline"}},
        Wrong{"TwoSuffixes",
              {"-x", "target%return%insn", spin},
              2,
              {"'target%return%insn'", "leave one out"}},
        Wrong{"Regex", {"-x", "/targ(/", spin}, 2, {"'/targ(/'", "missing )", "RE2"}},
        Wrong{"RegexOfNothing",
              {"-x", "/^no_such_[a-z]+$/", spin},
              2,
              {"no_such", "no such function"}},
        Wrong{"LineNumber",
              {"-x", "spin.c:12x", spin},
              2,
              {"'spin.c:12x'", "'12x'", "write spin.c:120"}},
        Wrong{"LineBehindAllCode",
              {"-x", "spin.c:9999", spin},
              2,
              {"'spin.c:9999'", "the last that has is"}},
        Wrong{"FileOfALine",
              {"-x", "spim.c:12", spin},
              2,
              {"'spim.c:12'", "no debug information about such a file", "did you mean spin.c?"}},
        Wrong{"OffsetAtReturn",
              {"-x", "target+4%return", spin},
              2,
              {"'target+4%return'", "leave the offset out"}},
        Wrong{"LineAtReturn",
              {"-x", "spin.c:20%return", spin},
              2,
              {"'spin.c:20%return'", "name the function"}},
        Wrong{"RetvalAtEntry",
              {"-x", "target $retval", spin},
              2,
              {"'target $retval'", "write target%return"}},
        Wrong{"LatencyAtEntry",
              {"-x", "target if $latency > 1ms", spin},
              2,
              {"$latency", "write target%return"}},
        Wrong{"Special",
              {"-x", "target $argv", spin},
              2,
              {"'target $argv'", "$params", "$arg1 to $arg6"}},
        Wrong{"Register", {"-x", "target %rdj", spin}, 2, {"'target %rdj'", "%rax to %r15"}},
        Wrong{"ConditionMissing",
              {"-x", "target if", spin},
              2,
              {"'target if'", "write e.g. if $arg1 > 3"}},
        Wrong{"ConditionAssigns",
              {"-x", "target if x = 3", spin},
              2,
              {"'target if x = 3'", "write '==' to compare"}},
        Wrong{"ConditionBracket",
              {"-x", "target if (x > 3", spin},
              2,
              {"'target if (x > 3'", "close the bracket"}},
        Wrong{"ConditionCalls",
              {"-x", "target if strlen(x) > 3", spin},
              2,
              {"'target if strlen(x) > 3'", "leave the call out"}},
        Wrong{"Type", {"-x", "main argc:u31", spin}, 2, {"'main argc:u31'", "u8 to u64"}},
        Wrong{"Parameter",
              {"-x", "main argd", spin},
              2,
              {"'main argd'", "no parameter or variable 'argd'", "there are: argc, argv"}},
        Wrong{"ParameterInCondition",
              {"-x", "main if argd > 3", spin},
              2,
              {"'main if argd > 3'", "there are: argc, argv"}},
        Wrong{"TextAgainstNumber",
              {"-x", "main if argc == \"12\"", spin},
              2,
              {"'main if argc == \"12\"'", "is a number, not text", ":string"}},
        Wrong{"NoDebugInformation",
              {"-x", "target x", spin},
              2,
              {"'target x'", "no debug information for target()", "$arg1"}},
        Wrong{"LeftOutWithACondition",
              {"-x", "targ*", "-X", "target if $arg1 > 3", spin},
              2,
              {"-X 'target if $arg1 > 3'", "write the place alone"}},
        Wrong{"LeftOutAtReturn",
              {"-x", "targ*", "-X", "target%return", spin},
              2,
              {"-X 'target%return'", "write the place alone"}},
        Wrong{"StringLength",
              {"-s", "long", "-x", "target", spin},
              2,
              {"-s: 'long'", "from 0 to 65536"}},
        Wrong{"StackDepth", {"-k=0", "-x", "target", spin}, 2, {"-k: '0'", "from 1 to 4096"}},
        Wrong{"TimesOfNoCall",
              {"-T", "-x", "target", spin},
              2,
              {"-T needs a probe with %return", "-x 'target%return'"}},
        Wrong{"MinTime",
              {"--min-time", "2", "-x", "target%return", spin},
              2,
              {"--min-time: '2'", "10ms"}}),
    [](const auto& one) { return std::string(one.param.name); });

// A stripped program without dynamic symbols: the function exists, its name does not.
TEST(WrongInput, StrippedFile) {
  const TemporaryFile stripped;
  const RunResult strip = run({"strip", "-o", stripped.path(), tracee("spin")});
  ASSERT_EQ(strip.exit_code, 0) << strip.err;
  ASSERT_EQ(chmod(stripped.path().c_str(), 0700), 0);
  expect_refused({"-x", "target", stripped.path()}, 2, {"target", "stripped"});
}

std::string elf32() {
  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_386;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof header;
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

struct Format {
  const char* name;
  std::string contents;
  const char* says;
};

void PrintTo(const Format& format, std::ostream* out) {
  *out << format.name;
}

class WrongFormat : public testing::TestWithParam<Format> {};

TEST_P(WrongFormat, IsNamed) {
  const TemporaryFile file(GetParam().contents);
  ASSERT_EQ(chmod(file.path().c_str(), 0700), 0);
  expect_refused({"-x", "f", file.path()}, 126, {file.path(), GetParam().says});
}

INSTANTIATE_TEST_SUITE_P(
    WrongInput, WrongFormat,
    testing::Values(Format{"Elf32", elf32(), "32-bit"},
                    Format{"MachO", std::string("\xcf\xfa\xed\xfe\x07\0\0\x01", 8), "Mach-O"},
                    Format{"Pe", std::string("MZ\x90\0\x03\0\0\0", 8), "PE"},
                    Format{"Text", "hello, world\n", "#!"}, Format{"Empty", "", "empty"}),
    [](const auto& one) { return std::string(one.param.name); });

// Output that fails midway: a clean detach, and the command comes to its own good end.
void expect_output_failure(const std::string& where, const std::string& says) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // a command that is let go becomes our child
  const RunResult result =
      run({binary("sidestep"), "-o", where, "-x", "target", tracee("spin"), "4", "20000000"});
  EXPECT_EQ(result.exit_code, 125) << result.err;
  EXPECT_NE(result.err.find(says), std::string::npos) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  unsigned commands = 0;
  for (int status = -1; waitpid(-1, &status, 0) > 0;) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      ++commands;
    else
      ADD_FAILURE() << "wait status " << status;
  }
  EXPECT_GE(commands, 1U);
}

TEST(WrongInput, FullDisk) {
  expect_output_failure("/dev/full", "No space left");
}

TEST(WrongInput, ReaderThatDied) {
  expect_output_failure("|true", "reader is gone");
}

// --- processes: refused, and unharmed -----------------------------------------------------------

class WrongTarget : public testing::Test {
 protected:
  void expect(const std::vector<std::string>& extra, int status,
              const std::vector<std::string>& says) {
    std::vector<std::string> args = {"-p", std::to_string(service_.pid())};
    args.insert(args.end(), extra.begin(), extra.end());
    expect_refused(args, status, says);
    EXPECT_EQ(changed_code(service_.pid()), "");
    EXPECT_EQ(stopped_threads(service_.pid()), 0U);
  }
  void SetUp() override { ASSERT_TRUE(service_.wait_for("ready=1")); }
  void TearDown() override {
    const RunResult end = service_.finish();
    EXPECT_TRUE(checks_held(end)) << end.out;
    EXPECT_EQ(number(end.out, "eintr"), 0U) << end.out;
  }
  Background service_{{tracee("service"), "2"}};
};

TEST_F(WrongTarget, NoSuchFunction) {
  expect({"-x", "targte"}, 2, {"targte", "did you mean", "target"});
}
TEST_F(WrongTarget, InsideAnInstruction) {
  expect({"-x", "target+1"}, 2, {"inside an instruction"});
}
TEST_F(WrongTarget, AlreadyTraced) {
  Background other({binary("sidestep"), "-c", "-o", "/dev/null", "-qq", "-x", "windowed", "-p",
                    std::to_string(service_.pid())});
  while (tracer_of(service_.pid()) == 0) continue;
  std::vector<std::string> args = {"-x", "target", "-p", std::to_string(service_.pid())};
  expect_refused(args, 125, {"already traced", std::to_string(tracer_of(service_.pid()))});
  kill(other.pid(), SIGINT);
  EXPECT_EQ(other.finish().exit_code, 0);
  EXPECT_EQ(changed_code(service_.pid()), "");
}

TEST(WrongTargets, SidestepItself) {
  const RunResult result = run({"sh", "-c", "exec " + binary("sidestep") + " -x f -p $$"});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_NE(result.err.find("itself"), std::string::npos) << result.err;
}

/// As an ordinary user, a process of somebody else's.
TEST(WrongTargets, AnotherUsers) {
  if (getuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  Background service({tracee("service"), "1"});
  ASSERT_TRUE(service.wait_for("ready=1"));
  const RunResult result =
      run({"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", binary("sidestep"),
           "-x", "target", "-p", std::to_string(service.pid())});
  EXPECT_EQ(result.exit_code, 125) << result.err;
  EXPECT_NE(result.err.find("belongs to user root"), std::string::npos) << result.err;
  EXPECT_TRUE(checks_held(service.finish()));
}

TEST(Doctor, SaysThatItWorksHere) {
  Background service({tracee("service"), "1"});
  ASSERT_TRUE(service.wait_for("ready=1"));
  const RunResult result = run({binary("sidestep"), "doctor", "-p", std::to_string(service.pid())});
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_NE(result.out.find("service, 13 threads"), std::string::npos) << result.out;
  EXPECT_TRUE(result.out.ends_with("Tracing is possible.\n")) << result.out;
  EXPECT_EQ(stopped_threads(service.pid()), 0U);
  EXPECT_EQ(number(service.finish().out, "eintr"), 0U);
}

TEST(Doctor, SaysWhatIsInTheWay) {
  const RunResult result = run({binary("sidestep"), "doctor", "-p", "2"});
  EXPECT_EQ(result.exit_code, 125) << result.out;
  EXPECT_NE(result.out.find("kernel thread"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace sidestep::test
