// Filters as programs write them, judged as the kernel would.
#include "linux/seccomp.hpp"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cstddef>
#include <vector>

namespace sidestep::os {
namespace {

seccomp_data call(int number, std::uint64_t third = 0) {
  seccomp_data data{};
  data.nr = number;
  data.arch = AUDIT_ARCH_X86_64;
  data.args[2] = third;
  return data;
}

constexpr std::uint32_t killed = SECCOMP_RET_KILL_PROCESS;

TEST(SeccompFilter, ByCallNumber) {
  const std::vector<sock_filter> filter = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 300, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  EXPECT_EQ(run_filter(filter, call(SYS_mmap)), SECCOMP_RET_TRAP);
  EXPECT_EQ(run_filter(filter, call(SYS_read)), SECCOMP_RET_ALLOW);
  EXPECT_EQ(run_filter(filter, call(SYS_statx)), SECCOMP_RET_ERRNO | 1u);
  seccomp_data other = call(SYS_read);
  other.arch = AUDIT_ARCH_I386;
  EXPECT_EQ(run_filter(filter, other), killed);
}

/// As systemd's MemoryDenyWriteExecute= does: by bits of an argument.
TEST(SeccompFilter, ByArgument) {
  constexpr auto protection = static_cast<unsigned>(offsetof(seccomp_data, args) + 2 * 8);
  const std::vector<sock_filter> filter = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, protection),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, PROT_WRITE | PROT_EXEC),
      BPF_STMT(BPF_ST, 3),
      BPF_STMT(BPF_LDX | BPF_W | BPF_MEM, 3),
      BPF_STMT(BPF_MISC | BPF_TXA, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROT_WRITE | PROT_EXEC, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  EXPECT_EQ(run_filter(filter, call(SYS_mmap, PROT_READ | PROT_EXEC)), SECCOMP_RET_ALLOW);
  EXPECT_EQ(run_filter(filter, call(SYS_mmap, PROT_READ | PROT_WRITE | PROT_EXEC)),
            SECCOMP_RET_ERRNO | 1u);
}

TEST(SeccompFilter, WhatIsNotUnderstoodIsAKill) {
  EXPECT_EQ(run_filter({}, call(0)), killed);
  const std::vector<sock_filter> beyond = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof(seccomp_data)),
                                           BPF_STMT(BPF_RET | BPF_A, 0)};
  EXPECT_EQ(run_filter(beyond, call(0)), killed);
  const std::vector<sock_filter> by_zero = {BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0),
                                            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  EXPECT_EQ(run_filter(by_zero, call(0)), killed);
  const std::vector<sock_filter> off_the_end = {BPF_JUMP(BPF_JMP | BPF_JA, 7, 0, 0)};
  EXPECT_EQ(run_filter(off_the_end, call(0)), killed);
}

}  // namespace
}  // namespace sidestep::os
