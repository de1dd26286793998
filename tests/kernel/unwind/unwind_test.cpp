// Where a backtrace must get through: optimised code without frame pointers, libraries, the vdso,
// signal frames on another stack, code that nothing describes. The truth is the order in which the
// tracee's functions call each other.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/unwinder.hpp"
#include "stopped_program.hpp"
#include "symbols/unwinder.hpp"

namespace sidestep::test {
namespace {

using Names = std::vector<std::string>;

TEST(Unwind, RecursionWithoutFramePointers) {
  StoppedProgram deep("recursion");
  EXPECT_EQ(deep.own_functions(), (Names{"here", "f3", "f3", "f3", "f2", "f1", "main"}));
  EXPECT_EQ(deep.functions().back(), "_start") << "to the very end, and no further";
}

TEST(Unwind, OutOfAHandlerOnAnotherStack) {
  StoppedProgram deep("handler");
  const Names names = deep.own_functions();
  ASSERT_GE(names.size(), 5u);
  EXPECT_EQ(names[0], "here");
  EXPECT_EQ(names[1], "on_signal");
  EXPECT_EQ(names.end()[-2], "interrupted");
  EXPECT_EQ(names.back(), "main");
}

TEST(Unwind, ThroughTheCLibrary) {
  StoppedProgram deep("callback");
  const Names names = deep.own_functions();
  ASSERT_GE(names.size(), 5u);
  EXPECT_EQ(names[0], "here");
  EXPECT_EQ(names[1], "compare");
  EXPECT_NE(std::find_if(names.begin(), names.end(),
                         [](const std::string& name) { return name.starts_with("qsort"); }),
            names.end());
  EXPECT_EQ(names.end()[-2], "sorts");
  EXPECT_EQ(names.back(), "main");
}

TEST(Unwind, AThreadToItsBeginning) {
  StoppedProgram deep("thread");
  EXPECT_EQ(deep.own_functions(), (Names{"here", "runs", "begins"}));
  const auto all = deep.frames();
  EXPECT_GE(all.size(), 4u);
  EXPECT_LE(all.size(), 5u) << "start_thread, clone, and nothing behind";
}

TEST(Unwind, AssemblyByItsFramePointer) {
  StoppedProgram deep("bare");
  EXPECT_EQ(deep.own_functions(), (Names{"here", "bare", "enters", "main"}));
}

TEST(Unwind, CodeThatBelongsToNoFile) {
  StoppedProgram deep("jit");
  EXPECT_EQ(deep.own_functions(), (Names{"here", "?", "jits", "main"}));
}

/// From the call into the vdso and back, at every instruction: prologues and epilogues, too.
TEST(Unwind, EveryInstructionOfTheVdso) {
  StoppedProgram deep("vdso");
  EXPECT_EQ(deep.own_functions(), (Names{"asks", "main"}));
  ASSERT_TRUE(deep.single_step());
  int seen = 0, steps = 0;
  for (; deep.own_functions() != Names{"asks", "main"} || seen == 0; ++steps) {
    ASSERT_LT(steps, 5000);
    if (deep.in_vdso()) {
      ++seen;
      EXPECT_EQ(deep.frames()[0].module, "[vdso]");
    }
    const Names names = deep.own_functions();
    ASSERT_GE(names.size(), 2u) << steps;
    ASSERT_EQ(names.end()[-2], "asks") << steps << ": " << testing::PrintToString(names);
    ASSERT_EQ(names.back(), "main") << steps;
    ASSERT_TRUE(deep.single_step());
  }
  EXPECT_GT(seen, 10) << "clock_gettime was not answered in the vdso";
}

class EveryStep : public testing::TestWithParam<const char*> {};

/// Out of `here` and on, through the C library, the dynamic linker and the return from a signal.
TEST_P(EveryStep, LeadsToMain) {
  StoppedProgram deep(GetParam());
  ASSERT_TRUE(deep.single_step());
  int steps = 0;
  for (; steps < 2000; ++steps) {
    const Names names = deep.own_functions();
    ASSERT_FALSE(names.empty());
    if (names[0] == "main") break;
    ASSERT_EQ(names.back(), "main") << "step " << steps << ": " << testing::PrintToString(names);
    if (!deep.single_step()) break;
  }
  EXPECT_GT(steps, 5);
}

INSTANTIATE_TEST_SUITE_P(Unwind, EveryStep,
                         testing::Values("recursion", "handler", "callback", "bare", "jit"));

TEST(Unwind, NoMoreThanAskedFor) {
  StoppedProgram deep("recursion");
  EXPECT_EQ(deep.functions(3), (Names{"here", "f3", "f3"}));
  EXPECT_EQ(deep.functions(1), Names{"here"});
  EXPECT_TRUE(deep.functions(0).empty());
}

TEST(Unwind, AStackIsReadByThePage) {
  StoppedProgram deep("recursion");
  EXPECT_GT(deep.frames().size(), 8u);
  EXPECT_LE(deep.reads(), 3u);
}

TEST(Unwind, FilesThatAreOnNoStackAreNotOpened) {
  StoppedProgram deep("recursion");
  const std::size_t frames = deep.frames().size();
  core::Module absent;
  absent.path = absent.file = "/nonexistent/libabsent.so";
  for (std::uint64_t i = 0; i < 1000; ++i) {
    core::Mapping mapping;
    mapping.range = {Address{0x10000000 + i * 0x10000}, Address{0x10001000 + i * 0x10000}};
    mapping.executable = true;
    absent.base = mapping.range.begin;
    absent.mappings = {mapping};
    deep.modules().push_back(absent);
  }
  const auto unwinder = symbols::make_unwinder();
  EXPECT_EQ(deep.addresses(*unwinder).size(), frames);
}

TEST(Unwind, UnknownAndForgottenProcesses) {
  StoppedProgram deep("recursion");
  const auto unwinder = symbols::make_unwinder();
  const auto value = [](unsigned number) { return std::uint64_t{0x1000} + number; };
  const core::Unwinder::Read read = [](Address, std::span<std::uint8_t>) { return std::size_t{0}; };
  std::vector<Address> found{Address{1}, Address{2}};
  unwinder->unwind(deep.pid(), value, read, 64, found);
  EXPECT_EQ(found, std::vector{Address{0x1010}}) << "the PC, and nothing of before";
  EXPECT_GT(deep.addresses(*unwinder).size(), 5u);
  unwinder->forget(deep.pid());
  unwinder->unwind(deep.pid(), value, read, 64, found);
  EXPECT_EQ(found.size(), 1u);
}

TEST(Symbolize, FramesSayWhereTheyAre) {
  StoppedProgram deep("recursion");
  const auto frames = deep.frames();
  ASSERT_GE(frames.size(), 7u);
  EXPECT_EQ(frames[0].func, "here");
  EXPECT_EQ(frames[0].module, "deep");
  ASSERT_TRUE(frames[0].src);
  EXPECT_TRUE(frames[0].src->file.ends_with("deep.c"));
  const auto site = deep.addresses(*symbols::make_unwinder());
  for (std::size_t i = 0; i < frames.size(); ++i) EXPECT_EQ(frames[i].ip, site[i]);
  EXPECT_EQ(frames[1].off.value - frames[2].off.value, frames[1].func_off - frames[2].func_off);
  EXPECT_GT(frames[1].func_off, 0u);
  ASSERT_TRUE(frames[6].src);
  EXPECT_GT(frames[6].src->line, frames[5].src->line) << "main is behind f1 in the source";
  EXPECT_EQ(deep.frames().size(), frames.size()) << "the second time they come from the cache";
}

}  // namespace
}  // namespace sidestep::test
