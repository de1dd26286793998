// Registers: user_regs_struct by name against the Architecture's accessors.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>

#include <cerrno>
#include <cstring>

#include "disassembly.hpp"

namespace sidestep::test {
namespace {

core::Registers packed(const user_regs_struct& user) {
  core::Registers out;
  std::memcpy(out.words.data(), &user, sizeof user);
  return out;
}

user_regs_struct unpacked(const core::Registers& regs) {
  user_regs_struct out{};
  std::memcpy(&out, regs.words.data(), sizeof out);
  return out;
}

/// As after a system call that ended with `result`.
user_regs_struct after_call(std::uint64_t number, std::int64_t result) {
  user_regs_struct user{};
  user.rip = user.rcx = 0x40'1002;
  user.orig_rax = number;
  user.rax = static_cast<std::uint64_t>(result);
  user.r11 = user.eflags = 0x246;
  return user;
}

TEST(Registers, PcStackAndUndoPush) {
  user_regs_struct user{};
  user.rip = 0x1234;
  user.rsp = 0x5678;
  core::Registers regs = packed(user);
  EXPECT_EQ(amd64().pc(regs), Address{0x1234});
  EXPECT_EQ(amd64().stack(regs), Address{0x5678});
  amd64().set_pc(regs, {0x9999});
  amd64().undo_push(regs);
  EXPECT_EQ(unpacked(regs).rip, 0x9999u);
  EXPECT_EQ(unpacked(regs).rsp, 0x5680u);
}

TEST(Registers, SyscallLeavesTheSlotInRipAndRcx) {
  user_regs_struct user{};
  user.rip = user.rcx = near_slot.value + 2;
  core::Registers regs = packed(user);
  amd64().leave_slot_at_syscall(regs, accepted({0x0f, 0x05}));
  EXPECT_EQ(unpacked(regs).rip, site.value + 2);
  EXPECT_EQ(unpacked(regs).rcx, site.value + 2);
}

TEST(Registers, Int80LeavesTheSlotInRipOnly) {
  user_regs_struct user{};
  user.rip = near_slot.value + 2;
  user.rcx = 77;
  core::Registers regs = packed(user);
  amd64().leave_slot_at_syscall(regs, accepted({0xcd, 0x80}));
  EXPECT_EQ(unpacked(regs).rip, site.value + 2);
  EXPECT_EQ(unpacked(regs).rcx, 77u);
}

bool rerun(const user_regs_struct& now, const user_regs_struct& returned) {
  return amd64().alike(packed(now), amd64().rerun(packed(returned)));
}

TEST(Rerun, IsTheSameCallWithEveryRegisterAsItWas) {
  const user_regs_struct returned = after_call(SYS_read, -512);
  user_regs_struct now = returned;
  now.rip -= 2;
  now.rax = SYS_read;
  now.orig_rax = ~0ull;    // by the trap at the site
  now.eflags |= 1u << 16;  // RF, likewise
  EXPECT_TRUE(rerun(now, returned));
  ++now.rsi;
  EXPECT_FALSE(rerun(now, returned));
  --now.rsi;
  now.rip += 2;
  EXPECT_FALSE(rerun(now, returned));
}

TEST(Rerun, TakesItsNumberFromTheResult) {
  const user_regs_struct sleep = after_call(SYS_nanosleep, -516);
  user_regs_struct now = sleep;
  now.rip -= 2;
  now.rax = SYS_restart_syscall;
  EXPECT_TRUE(rerun(now, sleep));
  user_regs_struct hidden = after_call(SYS_epoll_wait, -EINTR);
  now = hidden;
  now.rip -= 2;
  now.rax = SYS_epoll_wait;
  EXPECT_TRUE(rerun(now, hidden));
}

TEST(Registers, PrepareCall) {
  core::Registers regs = packed(after_call(SYS_nanosleep, -512));
  amd64().prepare_call(regs, {SYS_mmap, {1, 2, 3, 4, 5, 6}}, {0x7000});
  const user_regs_struct user = unpacked(regs);
  EXPECT_EQ(user.rax, std::uint64_t{SYS_mmap});
  EXPECT_EQ(user.rdi, 1u);
  EXPECT_EQ(user.rsi, 2u);
  EXPECT_EQ(user.rdx, 3u);
  EXPECT_EQ(user.r10, 4u);
  EXPECT_EQ(user.r8, 5u);
  EXPECT_EQ(user.r9, 6u);
  EXPECT_EQ(user.rip, 0x7000u);
  EXPECT_EQ(user.orig_rax, ~0ull);
  // What stands behind the instruction, `leave; ret` in the vdso, does not get far with these.
  for (const std::uint64_t other : {user.rbp, user.rbx, user.r12, user.r13, user.r14, user.r15})
    EXPECT_EQ(other, 1ull << 63);
}

TEST(Registers, CallNumberAndResult) {
  core::Registers regs = packed(after_call(SYS_read, -EINTR));
  EXPECT_EQ(amd64().call_number(regs), std::uint64_t{SYS_read});
  EXPECT_EQ(amd64().call_result(regs), -EINTR);
  amd64().forget_call(regs);
  EXPECT_EQ(unpacked(regs).orig_rax, ~0ull);
  EXPECT_EQ(amd64().call_result(regs), -EINTR);
}

TEST(InterruptedCall, IsRunAgainWhereNothingHasHappened) {
  for (const long number :
       {SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_semop, SYS_semtimedop,
        SYS_rt_sigtimedwait, SYS_accept, SYS_accept4, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg,
        SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_read, SYS_io_getevents}) {
    core::Registers regs = packed(after_call(static_cast<std::uint64_t>(number), -EINTR));
    ASSERT_TRUE(amd64().restart_interrupted_call(regs)) << number;
    const user_regs_struct user = unpacked(regs);
    EXPECT_EQ(user.rax, static_cast<std::uint64_t>(number));
    EXPECT_EQ(user.rip, 0x40'1000u);
    EXPECT_EQ(user.orig_rax, ~0ull);
  }
}

void expect_untouched(const user_regs_struct& before) {
  core::Registers regs = packed(before);
  EXPECT_FALSE(amd64().restart_interrupted_call(regs));
  const user_regs_struct after = unpacked(regs);
  EXPECT_EQ(std::memcmp(&after, &before, sizeof after), 0);
}

TEST(InterruptedCall, IsLeftAloneOtherwise) {
  expect_untouched(after_call(SYS_epoll_wait, 0));
  expect_untouched(after_call(SYS_epoll_wait, -EBADF));
  expect_untouched(after_call(SYS_connect, -EINTR));  // goes on in the background
  expect_untouched(after_call(SYS_close, -EINTR));    // the descriptor is closed
  expect_untouched(after_call(SYS_nanosleep, -EINTR));
  expect_untouched(after_call(~0ull, -EINTR));
  user_regs_struct int80 = after_call(SYS_epoll_wait, -EINTR);
  int80.rcx = 1;  // another call by the same number
  expect_untouched(int80);
}

TEST(InterruptedCall, IsLeftAloneIfItAlsoConnects) {
  user_regs_struct user = after_call(SYS_sendto, -EINTR);
  user.r10 = MSG_FASTOPEN;
  expect_untouched(user);
  user = after_call(SYS_sendmsg, -EINTR);
  user.rdx = MSG_FASTOPEN;
  expect_untouched(user);
}

}  // namespace
}  // namespace sidestep::test
