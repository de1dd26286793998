// Code that is no ordinary library, and code that goes, moves, changes, and comes back: every
// arrival is a hit, or the account says what is not known; never is a byte left behind, or written
// over what the program has put there.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "race/exactness.hpp"
#include "race/session.hpp"
#include "race/visit.hpp"

namespace sidestep::test {
namespace {

const std::string library = tracee("libwindowed.so");
constexpr int trap = 0xcc;

// tracee/codes, ready, and told things.
class Codes : public Background {
 public:
  explicit Codes(const std::string& kind) : Background({tracee("codes"), kind, "2", library}) {
    if (!wait_for("done=ready\n")) throw std::runtime_error("the program never was ready");
  }
  void say(const std::string& command) {
    tell(command);
    ASSERT_TRUE(wait_for("done=" + command)) << said();
  }
  // Where the function is now.
  std::uint64_t code() const {
    const std::string all = said();
    const auto at = all.rfind("code=0x");
    return std::strtoull(all.c_str() + at + 7, nullptr, 16);
  }
  std::string probe() const {
    char text[24];
    std::snprintf(text, sizeof text, "%#lx", code());
    return text;
  }
  void end() {
    const RunResult result = finish();
    EXPECT_TRUE(checks_held(result)) << result.out << " signal " << result.signal;
  }
};

std::vector<std::string> in_mode(const Mode& mode, const std::string& probe) {
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-x", probe});
  return args;
}

void expect_held(const TraceSummary& traced, std::uint64_t hits) {
  EXPECT_EQ(traced.hits, hits) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  EXPECT_EQ(traced.audit, "held") << story(traced);
}

// `missed` is null, and the reason is said.
void expect_unknown(const TraceSummary& traced, const std::string& why) {
  ASSERT_TRUE(traced.valid) << story(traced);
  EXPECT_EQ(traced.run.exit_code, 0) << story(traced);
  EXPECT_FALSE(traced.missed.has_value()) << story(traced);
  EXPECT_NE(traced.audit.find(why), std::string::npos) << story(traced);
}

// --- code without a file, by address -------------------------------------------------------------

using Case = std::tuple<Mode, std::string>;
std::string case_name(const testing::TestParamInfo<Case>& one) {
  std::string name = std::get<0>(one.param).name + ("_" + std::get<1>(one.param));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class ByAddress : public testing::TestWithParam<Case> {};

TEST_P(ByAddress, IsExactAndLeftAsItWas) {
  const auto& [mode, kind] = GetParam();
  Codes program(kind);
  for (int i = 0; i < 2; ++i) {
    Visit visit(program.pid(), in_mode(mode, program.probe()));
    ASSERT_TRUE(visit.armed()) << story(visit.finish());
    EXPECT_EQ(visit.site(), program.code());
    program.say("w 100");
    expect_held(visit.leave(), 200);
    EXPECT_EQ(byte_at(program.pid(), program.code()), 0x48);
    program.say("w 100");
  }
  program.end();
}

// memfd: a file that is no ELF.
INSTANTIATE_TEST_SUITE_P(Race, ByAddress,
                         testing::Combine(testing::ValuesIn(exact_modes()),
                                          testing::Values<std::string>("rwx", "wx", "memfd")),
                         case_name);

TEST(SharedCode, IsRefused) {
  Codes program("memfd-shared");
  const RunResult result =
      run({binary("sidestep"), "-x", program.probe(), "-p", std::to_string(program.pid())});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_NE(result.err.find("shared mapping"), std::string::npos) << result.err;
  EXPECT_EQ(byte_at(program.pid(), program.code()), 0x48);
  program.say("w 10");
  program.end();
}

// --- a program that rewrites its code ------------------------------------------------------------

class Jit : public testing::TestWithParam<Case> {};

// Our byte is gone with the old code: that is noticed, and nothing is written over the new one.
TEST_P(Jit, RewrittenCodeIsLeftAloneAndSaid) {
  const auto& [mode, kind] = GetParam();
  Codes program(kind);
  Visit visit(program.pid(), in_mode(mode, program.probe()));
  ASSERT_TRUE(visit.armed());
  program.say("w 100");
  program.say("rewrite");
  program.say("w 100");
  const TraceSummary traced = visit.leave();
  EXPECT_EQ(traced.hits, 200U) << story(traced);  // of the old code
  expect_unknown(traced, "overwritten");
  EXPECT_EQ(byte_at(program.pid(), program.code()), 0x31);
  program.say("w 100");
  program.end();
}

// Our byte stays, the operand behind it changes: the copy must not be run any more. In place the
// instruction itself is run, so all-stop has nothing to give up.
TEST_P(Jit, APatchedOperandIsTheProgramsNotTheCopys) {
  const auto& [mode, kind] = GetParam();
  Codes program(kind);
  Visit visit(program.pid(), in_mode(mode, program.probe()));
  ASSERT_TRUE(visit.armed());
  program.say("w 100");
  program.say("patch");
  program.say("w 100");
  const TraceSummary traced = visit.leave();
  if (mode.bystanders_stop)
    expect_held(traced, 400);
  else
    expect_unknown(traced, "was rewritten by the program");
  EXPECT_EQ(byte_at(program.pid(), program.code()), 0x48);
  program.say("w 100");
  program.end();  // its own check: each call has added what the new operand says
}

// The memory went, and at the same place lies something else that is full of int3.
TEST_P(Jit, NothingIsWrittenIntoWhatCameInItsPlace) {
  const auto& [mode, kind] = GetParam();
  Codes program(kind);
  const std::uint64_t where = program.code();
  Visit visit(program.pid(), in_mode(mode, program.probe()));
  ASSERT_TRUE(visit.armed());
  program.say("w 100");
  program.say("drop");
  program.say("trap");
  const TraceSummary traced = visit.leave();
  EXPECT_EQ(traced.hits, 200U) << story(traced);
  expect_unknown(traced, "overwritten");
  EXPECT_EQ(byte_at(program.pid(), where), trap);
  program.end();
}

INSTANTIATE_TEST_SUITE_P(Race, Jit,
                         testing::Combine(testing::ValuesIn(exact_modes()),
                                          testing::Values<std::string>("rwx", "wx")),
                         case_name);

// --- libraries from memory -----------------------------------------------------------------------

TEST(MemfdLibrary, IsExactByName) {
  Codes program("memfd-so");
  for (const char* probe : {"windowed", "windowed@memfd:code"}) {
    Visit visit(program.pid(), {"-x", probe});
    ASSERT_TRUE(visit.armed()) << story(visit.finish());
    program.say("w 100");
    expect_held(visit.leave(), 200);
    EXPECT_NE(byte_at(program.pid(), program.code()), trap);
  }
  program.end();
}

// map_files is not for an ordinary user: the program's descriptor is found.
TEST(MemfdLibrary, IsExactByNameWithoutPrivileges) {
  if (getuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  const std::vector<std::string> nobody = {"setpriv", "--reuid", "65534",
                                           "--regid", "65534",   "--clear-groups"};
  std::vector<std::string> command = nobody;
  command.insert(command.end(), {tracee("codes"), "memfd-so", "2", library});
  Background program(command);
  ASSERT_TRUE(program.wait_for("done=ready\n"));
  expect_exact_window(program, program.pid(), {"-x", "windowed"}, nobody);
  EXPECT_TRUE(checks_held(program.finish()));
}

// --- modules that go and come back ---------------------------------------------------------------

class Moving : public testing::TestWithParam<Case> {};

// Hot threads meet the other site all the time.
TEST_P(Moving, AtTheSameAndAtOtherAddresses) {
  const auto& [mode, kind] = GetParam();
  std::vector<std::string> args = mode.args;
  args.insert(args.end(), {"-x", "target", "-x", "?windowed"});
  const TraceSummary traced =
      trace(args, {tracee("codes"), kind, "2", library},
            {.input = "w 100\ndrop\nsame\nw 100\ndrop\nother\nw 100\ndrop\nother\nw 100\ndrop\n"});
  ASSERT_EQ(traced.probes.size(), 2U) << story(traced);
  EXPECT_EQ(traced.probes[0].hits, number(traced.run.out, "arrivals")) << story(traced);
  EXPECT_EQ(traced.probes[1].hits, 800U) << story(traced);
  expect_exact(traced, traced.probes[0].hits + traced.probes[1].hits);
}

INSTANTIATE_TEST_SUITE_P(Race, Moving,
                         testing::Combine(testing::ValuesIn(exact_modes()),
                                          testing::Values<std::string>("so", "memfd-so")),
                         case_name);

// The same, in a visit, which leaves in the end: no byte of ours stays.
TEST(MovingAttached, IsExactAndLeftAsFound) {
  Codes program("so");
  Visit visit(program.pid(), {"-x", "windowed"});
  ASSERT_TRUE(visit.armed());
  program.say("w 100");
  for (const char* command : {"drop", "same", "w 100", "drop", "other", "w 100"}) {
    SCOPED_TRACE(command);
    program.say(command);
  }
  expect_held(visit.leave(), 600);
  EXPECT_EQ(changed_code(program.pid()), "");
  program.say("w 100");
  program.end();
}

// Nobody announces an munmap: what lies there when we leave is none of ours.
TEST(Unmapped, NothingIsWrittenThere) {
  Codes program("memfd");
  const std::uint64_t where = program.code();
  Visit visit(program.pid(), {"-x", program.probe()});
  ASSERT_TRUE(visit.armed());
  program.say("w 100");
  program.say("drop");
  program.say("trap");
  const TraceSummary traced = visit.leave();
  EXPECT_EQ(traced.hits, 200U) << story(traced);
  EXPECT_EQ(traced.run.exit_code, 0);
  EXPECT_EQ(byte_at(program.pid(), where), trap);
  program.end();
}

TEST(Unmapped, ComesBackUnannouncedWithoutOurTrap) {
  Codes program("memfd");
  Visit visit(program.pid(), {"-x", program.probe()});
  ASSERT_TRUE(visit.armed());
  program.say("w 100");
  program.say("drop");
  program.say("same");
  program.say("w 100");
  const TraceSummary traced = visit.leave();
  EXPECT_EQ(traced.hits, 200U) << story(traced);
  expect_unknown(traced, "unmapped");
  program.say("w 100");
  program.end();
}

// MADV_DONTNEED gives the file's bytes back, and takes ours.
TEST(Reset, IsNoticed) {
  Codes program("memfd");
  Visit visit(program.pid(), {"-x", program.probe()});
  ASSERT_TRUE(visit.armed());
  program.say("w 100");
  program.say("dontneed");
  program.say("w 100");
  const TraceSummary traced = visit.leave();
  EXPECT_EQ(traced.hits, 200U) << story(traced);
  expect_unknown(traced, "reset");
  program.end();
}

// mremap takes our trap along to where no site is.
class Moved : public testing::TestWithParam<Case> {};

TEST_P(Moved, IsSaidAndHarmless) {
  const auto& [mode, kind] = GetParam();
  Codes program(kind);
  Visit visit(program.pid(), in_mode(mode, kind == "so" ? "windowed" : program.probe()));
  ASSERT_TRUE(visit.armed());
  program.say("w 100");
  program.say("move");
  EXPECT_EQ(byte_at(program.pid(), program.code()), trap);
  program.say("w 100");
  EXPECT_NE(byte_at(program.pid(), program.code()), trap);
  program.say("w 100");
  const TraceSummary traced = visit.leave();
  EXPECT_EQ(traced.hits, 200U) << story(traced);
  expect_unknown(traced, "moved (mremap)");
  program.say("w 100");
  program.end();
}

// The same without an arrival before we leave: nothing of ours stays there.
TEST_P(Moved, IsFoundWhenLeaving) {
  const auto& [mode, kind] = GetParam();
  Codes program(kind);
  Visit visit(program.pid(), in_mode(mode, kind == "so" ? "windowed" : program.probe()));
  ASSERT_TRUE(visit.armed());
  program.say("w 100");
  program.say("move");
  expect_held(visit.leave(), 200);
  EXPECT_NE(byte_at(program.pid(), program.code()), trap);
  program.say("w 100");
  program.end();
}

INSTANTIATE_TEST_SUITE_P(Race, Moved,
                         testing::Combine(testing::ValuesIn(exact_modes()),
                                          testing::Values<std::string>("so", "memfd", "rwx")),
                         case_name);

// A file that loses its name while it is traced is the same file (an upgrade in mid-run).
TEST(Renamed, WhileTraced) {
  const std::string copy = std::string("/tmp/sidestep-renamed-") + std::to_string(getpid());
  ASSERT_EQ(run({"cp", tracee("codes"), copy}).exit_code, 0);
  Background program({copy, "so", "2", library});
  ASSERT_TRUE(program.wait_for("done=ready\n"));
  Visit visit(program.pid(), {"-x", "target", "-x", "windowed"});
  ASSERT_TRUE(visit.armed());
  ASSERT_EQ(unlink(copy.c_str()), 0);
  for (const char* command :
       {"w 100", "drop", "same", "w 100"}) {  // the linker's hook: modules are read
    program.tell(command);
    ASSERT_TRUE(program.wait_for(std::string("done=") + command)) << program.said();
  }
  const TraceSummary traced = visit.leave();
  ASSERT_EQ(traced.probes.size(), 2U) << story(traced);
  EXPECT_EQ(traced.probes[1].hits, 400U) << story(traced);
  EXPECT_EQ(traced.missed, 0U) << story(traced);
  const RunResult end = program.finish();
  EXPECT_TRUE(checks_held(end)) << end.out << " signal " << end.signal;
}

}  // namespace
}  // namespace sidestep::test
