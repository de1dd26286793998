#include "linux/stopped_registers.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sidestep::os {
namespace {

constexpr std::size_t rip = offsetof(user_regs_struct, rip) / 8;
constexpr std::size_t rbx = offsetof(user_regs_struct, rbx) / 8;

/// A traced child that has stopped.
class Stopped : public testing::Test {
 protected:
  void SetUp() override {
    child_ = ::fork();
    if (child_ == 0) {
      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      ::raise(SIGSTOP);
      for (;;) __asm__ volatile("");
    }
    ASSERT_EQ(::waitpid(child_, nullptr, 0), child_);
  }
  void TearDown() override {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Tid tid() const { return {child_}; }
  void step() {
    registers_.forget();
    ASSERT_EQ(::ptrace(PTRACE_SINGLESTEP, child_, nullptr, nullptr), 0);
    ASSERT_EQ(::waitpid(child_, nullptr, 0), child_);
    registers_.next_stop();
  }
  Address seen() const {
    user_regs_struct regs{};
    EXPECT_EQ(::ptrace(PTRACE_GETREGS, child_, nullptr, &regs), 0);
    return {regs.rip};
  }

  pid_t child_ = 0;
  StoppedRegisters registers_;
};

/// By either way: alone, and with all the others as the stop before has asked for them.
TEST_F(Stopped, ThePcIsThatOfEachStop) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(registers_.pc(tid()), seen());
    if (i % 3 == 0) {
      const auto all = registers_.all(tid());
      ASSERT_TRUE(all);
      EXPECT_EQ(all->words[rip], seen().value);
    }
    EXPECT_EQ(registers_.pc(tid()), seen());
    step();
  }
}

TEST_F(Stopped, WhatIsWrittenIsReadBack) {
  registers_.all(tid());
  registers_.next_stop();
  auto all = registers_.all(tid());
  ASSERT_TRUE(all);
  const Address before{all->words[rip]};
  EXPECT_TRUE(registers_.set_pc(tid(), before + 1));
  EXPECT_EQ(registers_.pc(tid()), before + 1);
  EXPECT_EQ(registers_.all(tid())->words[rip], before.value + 1);
  all->words[rbx] = 4711;
  EXPECT_TRUE(registers_.set_all(tid(), *all));
  EXPECT_EQ(registers_.all(tid())->words[rbx], 4711u);
  EXPECT_EQ(registers_.pc(tid()), before);
}

TEST_F(Stopped, OneThreadsRegistersAreNotAnothers) {
  registers_.all(tid());
  registers_.next_stop();
  EXPECT_TRUE(registers_.all(tid()));
  const Tid nobody{::getpid()};
  EXPECT_FALSE(registers_.pc(nobody));
  EXPECT_FALSE(registers_.all(nobody));
  EXPECT_FALSE(registers_.set_pc(nobody, {1}));
  EXPECT_EQ(registers_.pc(tid()), seen());
}

}  // namespace
}  // namespace sidestep::os
