// What can't be compared by one run to the next int3: system calls, what comes back to itself,
// transactions, and where a slot is known to differ.
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <cstring>

#include "execution.hpp"

namespace sidestep::test {
namespace {

constexpr int system_call_stop = SIGTRAP | 0x80;

class SystemCall : public Execution {
 protected:
  core::Registers packed(const user_regs_struct& regs) {
    core::Registers out;
    std::memcpy(out.words.data(), &regs, sizeof regs);
    return out;
  }

  /// Enters the kernel from the slot, up to the entry stop with its registers put right.
  void enter_from(Address slot) {
    const auto image = amd64().relocate(insn_, slot);
    Bytes armed = code_;
    armed[0] = 0xcc;
    sandbox_.load(start_, armed);
    sandbox_.write(slot, {image.bytes.begin(), image.bytes.size()});
    user_regs_struct regs = start_.regs;
    regs.rip = slot.value;
    sandbox_.set_registers(regs);
    ASSERT_EQ(sandbox_.resume(PTRACE_SYSCALL).signal, system_call_stop);
    core::Registers at_entry = packed(sandbox_.registers());
    amd64().leave_slot_at_syscall(at_entry, insn_);
    std::memcpy(&regs, at_entry.words.data(), sizeof regs);
    sandbox_.set_registers(regs);
  }
};

TEST_P(SystemCall, LeavesWhatTheOriginalLeaves) {
  const Outcome reference = run_in_place();
  ASSERT_EQ(reference.stop.signal, 0);
  ASSERT_EQ(reference.state.regs.rip, insn_.next().value);
  for (const Address slot : {layout::near_slot, layout::far_slot}) {
    enter_from(slot);
    Outcome outcome{sandbox_.resume(PTRACE_CONT), sandbox_.save()};
    ASSERT_EQ(outcome.stop.signal, SIGTRAP);
    outcome.stop = {};
    --outcome.state.regs.rip;
    expect_equal(reference, outcome);
  }
}

void getpid_number(State& state) {
  state.regs.rax = SYS_getpid;
}
void getpid_number_32(State& state) {
  state.regs.rax = 20;
}  // of the 32-bit table

INSTANTIATE_TEST_SUITE_P(Forms, SystemCall,
                         testing::Values(Case{"syscall", {0x0f, 0x05}, getpid_number},
                                         Case{"syscall_rexw", {0x48, 0x0f, 0x05}, getpid_number},
                                         Case{"int_80", {0xcd, 0x80}, getpid_number_32}),
                         case_name);

class Restart : public SystemCall {};

/// A signal that nobody handles interrupts pause(2): the kernel runs the call again.
TEST_P(Restart, IsToldFromANewArrival) {
  enter_from(layout::near_slot);
  ASSERT_EQ(kill(sandbox_.pid(), SIGWINCH), 0);
  ASSERT_EQ(sandbox_.resume(PTRACE_CONT).signal, SIGWINCH);
  const core::Registers returned = packed(sandbox_.registers());
  EXPECT_TRUE(amd64().will_restart(returned));
  ASSERT_EQ(sandbox_.resume(PTRACE_CONT, SIGWINCH).signal, SIGTRAP);
  user_regs_struct regs = sandbox_.registers();
  EXPECT_EQ(regs.rip, layout::site.value + 1);  // our int3
  regs.rip = layout::site.value;
  EXPECT_TRUE(amd64().alike(packed(regs), amd64().rerun(returned)));
  const bool leaves_a_mark = insn_.bytes[0] == 0x0f;  // RCX and R11; int 80h leaves none
  EXPECT_EQ(amd64().alike(packed(start_.regs), amd64().rerun(returned)), !leaves_a_mark);
}
INSTANTIATE_TEST_SUITE_P(
    Pause, Restart,
    testing::Values(Case{"syscall", {0x0f, 0x05}, [](State& state) { state.regs.rax = SYS_pause; }},
                    Case{"int_80", {0xcd, 0x80}, [](State& state) { state.regs.rax = 29; }}),
    case_name);

/// Single-stepped in place, as no int3 can stand where the instruction itself does.
class ToItself : public Execution {};

TEST_P(ToItself, IsExecutedAndArrivesAgain) {
  const Outcome reference = step_in_place();
  ASSERT_EQ(reference.state.regs.rip, layout::site.value);
  expect_all_equal(reference);
}
INSTANTIATE_TEST_SUITE_P(Forms, ToItself,
                         testing::Values(Case{"call", {0xe8, 0xfb, 0xff, 0xff, 0xff}},
                                         Case{"jmp", {0xeb, 0xfe}}, Case{"jnz", {0x75, 0xfe}},
                                         Case{"loop", {0xe2, 0xfe}}),
                         case_name);

class Transaction : public Execution {};

/// The int3 that ends each run aborts the transaction, so control is at the fallback whatever
/// happened; the abort's status in EAX may differ. Without RTM, both raise #UD.
TEST_P(Transaction, AbortsToTheFallback) {
  const Outcome reference = run_in_place();
  if (reference.stop.signal == 0) {
    ASSERT_EQ(reference.state.regs.rip, layout::target.value);
  }
  for (const Address slot : {layout::near_slot, layout::far_slot}) {
    for (Outcome outcome : {run_boosted(slot), run_twin(slot)}) {
      outcome.state.regs.rax = reference.state.regs.rax;
      expect_equal(reference, outcome);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Forms, Transaction, testing::Values(Case{"xbegin", {0xc7, 0xf8, ToFar}}),
                         case_name);

class FaultingCall : public Execution {};

/// A boosted call whose operand can't be read, or whose target the processor refuses before it
/// goes there: the fault is the original's, but the word below the stack pointer has been written.
TEST_P(FaultingCall, DiffersInTheWordBelowTheStackOnly) {
  Outcome reference = run_in_place();
  ASSERT_EQ(reference.stop.signal, SIGSEGV);
  Outcome outcome = run_boosted(layout::near_slot);
  for (Outcome* each : {&reference, &outcome}) each->state.poke(layout::stack_pointer - 8, 0);
  expect_equal(reference, outcome);
}
INSTANTIATE_TEST_SUITE_P(Forms, FaultingCall,
                         testing::Values(Case{"bad_operand",
                                              {0xff, 0x13},  // call [rbx]
                                              [](State& state) { state.regs.rbx = 0x1234; }},
                                         Case{"non_canonical_target",
                                              {0xff, 0xd0},  // call rax
                                              [](State& state) { state.regs.rax = 1ull << 62; }}),
                         case_name);

/// So that the x87 cases prove something: the processor does record the address.
class FpuIp : public Execution {};

TEST_P(FpuIp, IsTheSitesAfterTheTwin) {
  const Outcome reference = run_in_place();
  if (reference.state.fpu_ip() != layout::site.value) {
    GTEST_SKIP() << "this processor records the address of faulting x87 instructions only";
  }
  EXPECT_EQ(insn_.form, core::Form::Twin);
  EXPECT_EQ(run_twin(layout::near_slot).state.fpu_ip(), layout::site.value);
}
INSTANTIATE_TEST_SUITE_P(Forms, FpuIp, testing::Values(Case{"fld1", {0xd9, 0xe8}}), case_name);

}  // namespace
}  // namespace sidestep::test
