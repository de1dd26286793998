// What a stop leads to, as data: the next state, effects for the kernel, how to resume, and what it
// means for the account.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <variant>

#include "core/relocation.hpp"
#include "core/state.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

namespace effect {

struct SetPc {
  Address pc;
  static constexpr std::string_view name = "SetPc";
  auto fields() { return std::tie(pc); }
};
/// At a syscall-entry stop: PC and the saved copy of it become those of the site.
struct LeaveSlotAtSyscall {
  SiteId site = SiteId::None;
  static constexpr std::string_view name = "LeaveSlotAtSyscall";
  auto fields() { return std::tie(site); }
};
/// A signal interrupts a call that a stop had broken off: the registers with which it returned then
/// come back, so that the kernel decides between EINTR and a restart (SA_RESTART).
struct ReturnFromCall {
  static constexpr std::string_view name = "ReturnFromCall";
  auto fields() { return std::tie(); }
};
/// A call's return address was pushed, the jump did not happen: take it back.
struct UndoPush {
  static constexpr std::string_view name = "UndoPush";
  auto fields() { return std::tie(); }
};
/// si_addr, where it is the PC in the slot, becomes the original one.
struct TranslateFault {
  Address from, to;
  static constexpr std::string_view name = "TranslateFault";
  auto fields() { return std::tie(from, to); }
};
/// Keep the signal of this stop for later; block all others but the synchronous ones.
struct Hold {
  static constexpr std::string_view name = "Hold";
  auto fields() { return std::tie(); }
};
/// Put the held signal's siginfo and the signal mask back; Resume names the signal.
struct Unhold {
  static constexpr std::string_view name = "Unhold";
  auto fields() { return std::tie(); }
};
/// Send the signal of this stop to the thread again: it can be neither delivered nor held now.
struct Requeue {
  int signo = 0;
  static constexpr std::string_view name = "Requeue";
  auto fields() { return std::tie(signo); }
};
/// Repairs after the instruction ran (Fixup of the site).
struct FixUp {
  SiteId site = SiteId::None;
  static constexpr std::string_view name = "FixUp";
  auto fields() { return std::tie(site); }
};
/// pushf was single-stepped in place: take our trap flag out of what it stored.
struct ClearPushedFlag {
  static constexpr std::string_view name = "ClearPushedFlag";
  auto fields() { return std::tie(); }
};
/// In-place modes: write the original byte, or the trap.
struct Disarm {
  SiteId site = SiteId::None;
  static constexpr std::string_view name = "Disarm";
  auto fields() { return std::tie(site); }
};
struct Arm {
  SiteId site = SiteId::None;
  static constexpr std::string_view name = "Arm";
  auto fields() { return std::tie(site); }
};
/// Ask every other running thread that shares the memory to stop.
struct InterruptOthers {
  static constexpr std::string_view name = "InterruptOthers";
  auto fields() { return std::tie(); }
};
/// The next trap at `site` by this thread is the same hit (or stop expecting that).
struct ExpectEcho {
  SiteId site = SiteId::None;
  static constexpr std::string_view name = "ExpectEcho";
  auto fields() { return std::tie(site); }
};
/// The borrowed thread's system call has returned: read the result, put its registers back, and
/// deal with the stop it was borrowed at.
struct FinishBorrow {
  static constexpr std::string_view name = "FinishBorrow";
  auto fields() { return std::tie(); }
};

}  // namespace effect

using Effect =
    std::variant<effect::SetPc, effect::LeaveSlotAtSyscall, effect::ReturnFromCall,
                 effect::UndoPush, effect::TranslateFault, effect::Hold, effect::Unhold,
                 effect::Requeue, effect::FixUp, effect::ClearPushedFlag, effect::Disarm,
                 effect::Arm, effect::InterruptOthers, effect::ExpectEcho, effect::FinishBorrow>;

/// What the trap of this stop is booked as.
enum class Verdict : std::uint8_t { None, Hit, Passed, Rewound, Filtered };

struct Transition {
  ThreadState next;
  Resume resume;
  Inline<Effect, 8> effects;
  std::optional<ProcessState> process;
  Verdict verdict = Verdict::None;
  SiteId site = SiteId::None;  ///< of `verdict` or `undone`
  bool undone = false;         ///< a reported hit's instruction will not complete

  static constexpr std::string_view name = "transition";
  auto fields() { return std::tie(next, resume, effects, process, verdict, site, undone); }
};

}  // namespace sidestep::core
