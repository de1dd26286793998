// The rows of advance() that matter most, written by hand from engine.md: what a person would look
// up.
//
// Sites (fixtures.hpp): number N (hex) has address 0x1N00, next 0x1N04, slot 0x90N00, twin 0x90N20.
//   1 plain  2 branch  3 call  4 x87  5 far call  6 system call  7 own int3  8 rep string  10: a
#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace sidestep::core::test {
namespace {

const auto T = ProcessState::Tracing;
const auto Q = ProcessState::Quiescing;
const auto L = ProcessState::Lifted;
const auto D = ProcessState::Draining;

// Places, as the codec writes them. `none` is SiteId::None.
#define NONE "4294967295"
#define PROGRAM "place(0," NONE ",0,0x5000,0x5000)"
#define AT_SITE "place(0," NONE ",0,0x1100,0x1100)"
#define SLOT_START "place(1,1,0,0x90100,0x1100)"
#define SLOT_END "place(1,1,2,0x90109,0x1104)"
#define TWIN_START "place(2,1,0,0x90120,0x1100)"
#define TWIN_END "place(2,1,2,0x90124,0x1104)"
#define BRANCH_START "place(1,2,0,0x90200,0x1200)"
#define PUSHED "place(1,3,1,0x90306,0x1300)"
// Signals: (number, fault, disposition: 0 handled 1 fatal 2 stops 3 ignored, place)
#define USR1(place) "Signal(10,0,0," place ",0)"
#define USR1_IN_CALL(place) "Signal(10,0,0," place ",1)"
#define TERM(place) "Signal(15,0,1," place ",0)"
#define STOP(place) "Signal(19,0,2," place ",0)"
#define FAULT(place) "Signal(11,1,0," place ",0)"

struct Row {
  const char* why;
  const Mode& mode;
  ProcessState process;
  const char* state;
  const char* event;
  const char* expected;  ///< next, resume, effects, process state if changed, verdict
  Role role = Role::Member;
  bool start_up = false;
};

// "Next | How [signal] | effects | process | verdict", parts that say nothing left out.
std::string shown(const Transition& t) {
  static constexpr const char* hows[] = {"Stay", "Cont", "Step", "Syscall", "Listen", "Detach"};
  static constexpr const char* states[] = {"Tracing", "Quiescing", "Lifted", "Draining"};
  static constexpr const char* verdicts[] = {"", "hit", "passed", "rewound", "filtered"};
  std::string out = text(t.next) + " | " + hows[static_cast<int>(t.resume.how)];
  if (t.resume.signal) out += " " + std::to_string(t.resume.signal);
  for (std::size_t i = 0; i < t.effects.size(); ++i) out += (i ? " " : " | ") + text(t.effects[i]);
  if (t.process) out += std::string(" | ") + states[static_cast<int>(*t.process)];
  if (t.verdict != Verdict::None)
    out += std::string(" | ") + verdicts[static_cast<int>(t.verdict)] + " " +
           std::to_string(static_cast<unsigned>(t.site));
  if (t.undone) out += " | undone " + std::to_string(static_cast<unsigned>(t.site));
  return out;
}

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    Case c{row.mode, row.process, row.role, row.start_up, {}, {}};
    std::string_view state = row.state, event = row.event;
    ASSERT_TRUE(codec::get(state, c.state) && state.empty()) << row.why << ": " << row.state;
    ASSERT_TRUE(codec::get(event, c.event) && event.empty()) << row.why << ": " << row.event;
    EXPECT_EQ(shown(c.run()), row.expected) << row.why << "\n  " << c.text();
  }
}

TEST(AdvanceRows, Hits) {
  check({
      {"boosted: one stop, on from the slot", boosted(), T, "Free()", "Trap(1,0,0,0)",
       "Free() | Cont | SetPc(0x90100) | hit 1"},
      {"boosted at start-up: system calls stop", boosted(), T, "Free()", "Trap(1,0,0,0)",
       "Free() | Syscall | SetPc(0x90100) | hit 1", Role::Member, true},
      {"a guest is stepped, not reported", boosted(), T, "Free()", "Trap(1,0,0,0)",
       "Free() | Cont | SetPc(0x90100) | passed 1", Role::Guest},
      {"our own site is not reported", boosted(), T, "Free()", "Trap(10,0,0,0)",
       "Free() | Cont | SetPc(0x90a00) | passed 10"},
      {"our own site is boosted in single mode too", single(), T, "Free()", "Trap(10,0,0,0)",
       "Free() | Cont | SetPc(0x90a00) | passed 10"},
      {"the same arrival again", boosted(), T, "Free()", "Trap(8,1,0,0)",
       "Free() | Cont | SetPc(0x90800) ExpectEcho(" NONE ") | passed 8"},
      {"dropped by a condition: goes on just so", boosted(), T, "Free()", "Trap(1,0,0,1)",
       "Free() | Cont | SetPc(0x90100) | filtered 1"},
      {"a dropped system call is booked at once", boosted(), T, "Free()", "Trap(6,0,0,1)",
       "Entering(6,0,1) | Syscall | SetPc(0x90600) | filtered 6"},
      {"dropped, and its sequence aborted: not undone, as it was never reported", boosted(), T,
       "Free()", "Sequence(1,1)", "Free() | Cont | SetPc(0x1100) | filtered 1"},
      {"x87 runs in the twin", boosted(), T, "Free()", "Trap(4,0,0,0)",
       "InTwin(4,0) | Cont | SetPc(0x90420) | hit 4"},
      {"a far call is stepped", boosted(), T, "Free()", "Trap(5,0,0,0)",
       "Stepping(5,0,0) | Step | SetPc(0x90500) | hit 5"},
      {"a system call is booked at its entry", boosted(), T, "Free()", "Trap(6,0,0,0)",
       "Entering(6,0,0) | Syscall | SetPc(0x90600)"},
      {"the program's own int3 gets its SIGTRAP", boosted(), T, "Free()", "Trap(7,0,0,0)",
       "Free() | Cont 5 | hit 7"},
      {"single: a step in the slot", single(), T, "Free()", "Trap(1,0,0,0)",
       "Stepping(1,0,0) | Step | SetPc(0x90100) | hit 1"},
      {"single: a string instruction would stop at each iteration", single(), T, "Free()",
       "Trap(8,0,0,0)", "InTwin(8,0) | Cont | SetPc(0x90820) | hit 8"},
      {"single: pushf would store the stepping flag", single(), T, "Free()", "Trap(9,0,0,0)",
       "InTwin(9,0) | Cont | SetPc(0x90920) | hit 9"},
  });
}

TEST(AdvanceRows, Completion) {
  check({
      {"the twin's int3", boosted(), T, "InTwin(1,0)", "TwinEnd(1,0x1104)",
       "Free() | Cont | SetPc(0x1104)"},
      {"the twin's int3, held signal", boosted(), T, "InTwin(1,10)", "TwinEnd(1,0x1104)",
       "Free() | Cont 10 | SetPc(0x1104) Unhold()"},
      {"a transaction has aborted: its fallback", boosted(), T, "InTwin(1,10)", "TwinEnd(1,0x5000)",
       "Free() | Cont 10 | SetPc(0x5000) Unhold()"},
      {"x87: FIP is put right", boosted(), T, "InTwin(4,0)", "TwinEnd(4,0x1404)",
       "Free() | Cont | FixUp(4) SetPc(0x1404)"},
      {"stepped to the slot's jump", single(), T, "Stepping(1,0,0)", "TraceTrap(" SLOT_END ",0,1)",
       "Free() | Cont | SetPc(0x1104)"},
      {"stepped out of the slot", single(), T, "Stepping(2,0,0)", "TraceTrap(" PROGRAM ",0,1)",
       "Free() | Cont | SetPc(0x5000)"},
      {"a call's push is only half of it", single(), T, "Stepping(3,0,0)",
       "TraceTrap(" PUSHED ",0,1)", "Stepping(3,0,0) | Step"},
      {"stepped, held signal", boosted(), T, "Stepping(2,0,10)", "TraceTrap(" PROGRAM ",0,1)",
       "Free() | Cont 10 | SetPc(0x5000) Unhold()"},
      {"the program steps itself: once", single(), T, "Stepping(1,0,0)",
       "TraceTrap(" SLOT_END ",1,0)", "Free() | Cont 5 | SetPc(0x1104)"},
      {"the program's flag, at the trailing jump", boosted(), T, "Free()",
       "TraceTrap(" SLOT_END ",1,0)",
       "Free() | Cont 5 | SetPc(0x1104) TranslateFault(0x90109,0x1104)"},
      {"the program's flag, elsewhere", boosted(), T, "Free()", "TraceTrap(" PROGRAM ",1,0)",
       "Free() | Cont 5"},
  });
}

TEST(AdvanceRows, SignalsInASlot) {
  check({
      {"at the start, handled: held, through the twin", boosted(), T, "Free()", USR1(SLOT_START),
       "InTwin(1,10) | Cont | Hold() SetPc(0x90120)"},
      {"at the start of a branch: held, stepped", boosted(), T, "Free()", USR1(BRANCH_START),
       "Stepping(2,0,10) | Step | Hold()"},
      {"a call half done: held, stepped to its end", boosted(), T, "Free()", USR1(PUSHED),
       "Stepping(3,0,10) | Step | Hold()"},
      {"in the twin already", boosted(), T, "InTwin(1,0)", USR1(TWIN_START),
       "InTwin(1,10) | Cont | Hold()"},
      {"at the trailing jump: exact", boosted(), T, "Free()", USR1(SLOT_END),
       "Free() | Cont 10 | SetPc(0x1104)"},
      {"at the twin's int3: exact", boosted(), T, "InTwin(1,0)", USR1(TWIN_END),
       "Free() | Cont 10 | SetPc(0x1104)"},
      {"fatal: at the site", boosted(), T, "Free()", TERM(SLOT_START),
       "Free() | Cont 15 | SetPc(0x1100) | undone 1"},
      {"fatal, call half done", boosted(), T, "Free()", TERM(PUSHED),
       "Free() | Cont 15 | UndoPush() SetPc(0x1300) | undone 3"},
      {"a stop signal is never held", boosted(), T, "Free()", STOP(SLOT_START), "Free() | Cont 19"},
      {"nor in a hold", boosted(), T, "InTwin(1,10)", STOP(TWIN_START), "InTwin(1,10) | Cont 19"},
      {"ignored", boosted(), T, "Free()", "Signal(10,0,3," SLOT_START ",0)", "Free() | Cont 10"},
      {"a fault: PC and si_addr of the site", boosted(), T, "Free()", FAULT(SLOT_START),
       "Free() | Cont 11 | SetPc(0x1100) TranslateFault(0x90100,0x1100) | undone 1"},
      {"a fault of the call's jump", boosted(), T, "Free()", FAULT(PUSHED),
       "Free() | Cont 11 | UndoPush() SetPc(0x1300) TranslateFault(0x90306,0x1300) | undone 3"},
      {"a fault under a hold: the held one first", boosted(), T, "InTwin(1,10)", FAULT(TWIN_START),
       "Free() | Cont 10 | SetPc(0x1100) Unhold() | undone 1"},
      {"in the program: as it comes", boosted(), T, "Free()", USR1(PROGRAM), "Free() | Cont 10"},
  });
}

TEST(AdvanceRows, SystemCalls) {
  check({
      {"entry: the hit", boosted(), T, "Entering(6,0,0)", "Syscall(0)",
       "InCall(6) | Syscall | LeaveSlotAtSyscall(6) | hit 6"},
      {"entry of a restarted one: no hit", boosted(), T, "Entering(6,0,1)", "Syscall(0)",
       "InCall(6) | Syscall | LeaveSlotAtSyscall(6)"},
      {"exit", boosted(), T, "InCall(6)", "Syscall(0)", "Free() | Cont"},
      {"exit, will be restarted", boosted(), T, "InCall(6)", "Syscall(1)",
       "Free() | Cont | ExpectEcho(6)"},
      {"no memory for the slot yet: back to the site, to trap again", boosted(), T, "Free()",
       "Trap(1,0,1,0)", "Free() | Cont | SetPc(0x1100) | rewound 1"},
      {"restarted", boosted(), T, "Free()", "Trap(6,1,0,0)",
       "Entering(6,0,1) | Syscall | SetPc(0x90600) ExpectEcho(" NONE ") | passed 6"},
      {"a signal before the entry: nothing was counted", boosted(), T, "Entering(6,0,0)",
       USR1("place(1,6,0,0x90600,0x1600)"), "Free() | Cont 10 | SetPc(0x1600) | rewound 6"},
      {"the same, restarted", boosted(), T, "Entering(6,0,1)", USR1("place(1,6,0,0x90600,0x1600)"),
       "Free() | Cont 10 | SetPc(0x1600) ExpectEcho(6)"},
      {"the same, but a stop had broken the call off: it is the call that is interrupted",
       boosted(), T, "Entering(6,0,1)", USR1_IN_CALL("place(1,6,0,0x90600,0x1600)"),
       "Free() | Cont 10 | ReturnFromCall() ExpectEcho(6)"},
      {"a call that is no site's, likewise", all_stop(), T, "Free()", USR1_IN_CALL(PROGRAM),
       "Free() | Cont 10 | ReturnFromCall()"},
      {"a stop before the entry: PTRACE_SYSCALL again", boosted(), T, "Entering(6,0,0)", "Nudge()",
       "Entering(6,0,0) | Syscall"},
      {"killed before the entry", boosted(), T, "Entering(6,0,0)",
       "Exit(place(1,6,0,0x90600,0x1600))", "Exiting() | Cont | rewound 6"},
      {"exec from a site", boosted(), T, "Free()", "Exec()", "Free() | Cont"},
      {"vfork from a site", boosted(), T, "InCall(6)", "Vfork()", "InVfork(6) | Syscall"},
      {"vfork is over", boosted(), T, "InVfork(6)", "VforkDone()", "InCall(6) | Syscall"},
      {"a vfork child's exec: not followed", boosted(), T, "Free()", "Exec()", "Free() | Detach",
       Role::Guest},
      {"borrowed: entry", boosted(), T, "Borrowed(0)", "Syscall(0)", "Borrowed(1) | Syscall"},
      {"borrowed: exit", boosted(), T, "Borrowed(1)", "Syscall(0)",
       "Free() | Stay | FinishBorrow()"},
  });
}

TEST(AdvanceRows, StopsAndEnds) {
  check({
      {"a newborn's first stop", boosted(), T, "Newborn()", "Nudge()", "Free() | Cont"},
      {"a newborn while others are kept", all_stop(), L, "Newborn()", "Nudge()",
       "Parked(resume(1,0)," NONE ") | Stay"},
      {"group-stop: LISTEN", boosted(), T, "Free()", "Group(19,0)", "Listening() | Listen"},
      {"SIGCONT: never LISTEN", boosted(), T, "Listening()", "Nudge()", "Free() | Cont"},
      {"a trap of ours behind it, on leaving: out of the stop to the trap", boosted(),
       ProcessState::Draining, "Listening()", "Group(19,1)", "LeavingStop() | Cont"},
      {"and detached there, stopped again by the kernel", boosted(), ProcessState::Draining,
       "LeavingStop()", "Trap(1,0,0,0)", "Free() | Detach | SetPc(0x1100) | rewound 1"},
      {"group-stop in a twin: the twin goes on after it", boosted(), T, "InTwin(1,10)",
       "Group(19,0)", "InTwin(1,10) | Listen"},
      {"the same, SIGCONT", boosted(), T, "InTwin(1,10)", "Nudge()", "InTwin(1,10) | Cont"},
      {"killed in a slot", boosted(), T, "Free()", "Exit(" SLOT_START ")",
       "Exiting() | Cont | undone 1"},
      {"ended behind it", boosted(), T, "Free()", "Exit(" SLOT_END ")", "Exiting() | Cont"},
      {"clone", boosted(), T, "InCall(6)", "Clone()", "InCall(6) | Syscall"},
      {"draining: back, unreported", boosted(), D, "Free()", "Trap(1,0,0,0)",
       "Free() | Cont | SetPc(0x1100) | rewound 1"},
      {"draining: a system call too", single(), D, "Free()", "Trap(6,0,0,0)",
       "Free() | Cont | SetPc(0x1600) | rewound 6"},
      {"draining: a hold is finished", boosted(), D, "InTwin(1,10)", "TwinEnd(1,0x1104)",
       "Free() | Cont 10 | SetPc(0x1104) Unhold()"},
  });
}

TEST(AdvanceRows, InPlace) {
  check({
      {"all-stop: the others are asked to stop", all_stop(), T, "Free()", "Trap(1,0,0,0)",
       "Waiting(1,1) | Stay | InterruptOthers() | Quiescing | hit 1"},
      {"a second one meanwhile: a turn in the same round", all_stop(), Q, "Free()", "Trap(1,0,0,0)",
       "Waiting(1,1) | Stay | hit 1"},
      {"a system call waits uncounted", all_stop(), T, "Free()", "Trap(6,0,0,0)",
       "Waiting(6,0) | Stay | InterruptOthers() | Quiescing"},
      {"lift asks nobody", lift(), T, "Free()", "Trap(1,0,0,0)",
       "Waiting(1,1) | Stay | Quiescing | hit 1"},
      {"stopped as asked", all_stop(), Q, "Free()", "Nudge()",
       "Parked(resume(1,0)," NONE ") | Stay"},
      {"stopped inside a call from a site", all_stop(), Q, "InCall(6)", "Nudge()",
       "Parked(resume(3,0),6) | Stay"},
      {"another stop came first: its signal is kept", all_stop(), Q, "Free()", USR1(PROGRAM),
       "Parked(resume(1,10)," NONE ") | Stay"},
      {"lift keeps nobody", lift(), L, "Free()", USR1(PROGRAM), "Free() | Cont 10"},
      {"the turn", all_stop(), Q, "Waiting(1,1)", "Turn()",
       "Stepping(1,1,0) | Step | Disarm(1) SetPc(0x1100) | Lifted"},
      {"the turn of a system call", all_stop(), Q, "Waiting(6,0)", "Turn()",
       "Entering(6,1,0) | Syscall | Disarm(6) SetPc(0x1600) | Lifted"},
      {"its entry: armed again, a hit", lift(), L, "Entering(6,1,0)", "Syscall(0)",
       "InCall(6) | Syscall | Arm(6) | Quiescing | hit 6"},
      {"its entry in all-stop: kept", all_stop(), L, "Entering(6,1,0)", "Syscall(0)",
       "Parked(resume(3,0),6) | Stay | Arm(6) | Quiescing | hit 6"},
      {"stepped: armed again, kept", all_stop(), L, "Stepping(1,1,0)", "TraceTrap(" PROGRAM ",0,1)",
       "Parked(resume(1,0)," NONE ") | Stay | Arm(1) | Quiescing"},
      {"stepped, lift: on at once", lift(), L, "Stepping(1,1,0)", "TraceTrap(" PROGRAM ",0,1)",
       "Free() | Cont | Arm(1) | Quiescing"},
      {"pushf stored our flag", lift(), L, "Stepping(9,1,0)", "TraceTrap(" PROGRAM ",0,1)",
       "Free() | Cont | ClearPushedFlag() Arm(9) | Quiescing"},
      {"an iteration of a string instruction is not its end", lift(), L, "Stepping(8,1,0)",
       "TraceTrap(place(0," NONE ",0,0x1800,0x1800),0,1)", "Stepping(8,1,0) | Step"},
      {"a jump to itself is complete", lift(), L, "Stepping(1,1,0)", "TraceTrap(" AT_SITE ",0,1)",
       "Free() | Cont | Arm(1) | Quiescing"},
      {"a signal in the turn: held", lift(), L, "Stepping(1,1,0)", USR1(AT_SITE),
       "Stepping(1,1,10) | Step | Hold()"},
      {"a fault in the turn", lift(), L, "Stepping(1,1,0)", FAULT(AT_SITE),
       "Free() | Cont 11 | Arm(1) | Quiescing | undone 1"},
      {"killed in the turn", all_stop(), L, "Stepping(1,1,0)", "Exit(" AT_SITE ")",
       "Exiting() | Cont | Arm(1) | Quiescing | undone 1"},
      {"killed while waiting, not yet booked", all_stop(), Q, "Waiting(6,0)",
       "Exit(place(0," NONE ",0,0x1601,0x1601))", "Exiting() | Cont | rewound 6"},
      {"on again", all_stop(), T, "Parked(resume(1,10)," NONE ")", "Release()", "Free() | Cont 10"},
      {"on again, inside a call", all_stop(), T, "Parked(resume(3,0),6)", "Release()",
       "InCall(6) | Syscall"},
      {"tracing ends for one that waits", all_stop(), D, "Waiting(1,1)", "Release()",
       "Free() | Cont | SetPc(0x1100)"},
      {"the same, not yet booked", all_stop(), D, "Waiting(6,0)", "Release()",
       "Free() | Cont | SetPc(0x1600) | rewound 6"},
  });
}

}  // namespace
}  // namespace sidestep::core::test
