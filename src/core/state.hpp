// The states of a thread and of a process. Values; changed only through advance().
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <variant>

#include "sidestep/types.hpp"

namespace sidestep::core {

/// How a stopped thread is let go. At most one per stop; the loop has the only line that does it.
struct Resume {
  enum class How : std::uint8_t {
    Stay,     ///< not at all: it waits for something
    Cont,     ///< PTRACE_CONT
    Step,     ///< PTRACE_SINGLESTEP
    Syscall,  ///< PTRACE_SYSCALL: to the next system-call stop
    Listen,   ///< PTRACE_LISTEN: a group-stop goes on (real stop signals only)
    Detach,   ///< PTRACE_DETACH
  };
  How how = How::Cont;
  int signal = 0;

  bool operator==(const Resume&) const = default;
  static constexpr std::string_view name = "resume";
  auto fields() { return std::tie(how, signal); }
};

namespace state {

/// Known, its first stop not yet seen: it has run no instruction of the program.
struct Newborn {
  bool operator==(const Newborn&) const = default;
  static constexpr std::string_view name = "Newborn";
  auto fields() { return std::tie(); }
};

/// Runs the program; after a boosted hit it may still be inside a slot.
struct Free {
  bool operator==(const Free&) const = default;
  static constexpr std::string_view name = "Free";
  auto fields() { return std::tie(); }
};

/// One single-step under way, in the slot or (in-place modes) at the site itself.
struct Stepping {
  enum class Where : std::uint8_t { Slot, InPlace };
  SiteId site = SiteId::None;
  Where where = Where::Slot;
  int held = 0;  ///< signal to deliver behind the instruction; 0 none
  bool operator==(const Stepping&) const = default;
  static constexpr std::string_view name = "Stepping";
  auto fields() { return std::tie(site, where, held); }
};

/// Runs the twin, whose int3 will catch it behind the instruction.
struct InTwin {
  SiteId site = SiteId::None;
  int held = 0;
  bool operator==(const InTwin&) const = default;
  static constexpr std::string_view name = "InTwin";
  auto fields() { return std::tie(site, held); }
};

/// Resumed from the slot of a system call; its entry stop is still to come.
struct Entering {
  SiteId site = SiteId::None;
  bool in_place = false;
  bool counted = false;  ///< false: the hit is reported at the entry stop
  bool operator==(const Entering&) const = default;
  static constexpr std::string_view name = "Entering";
  auto fields() { return std::tie(site, in_place, counted); }
};

/// Inside a system call entered from a site; its exit stop tells whether it will be restarted.
struct InCall {
  SiteId site = SiteId::None;
  bool operator==(const InCall&) const = default;
  static constexpr std::string_view name = "InCall";
  auto fields() { return std::tie(site); }
};

/// Trapped at a site and kept there: for its turn (in-place modes).
struct Waiting {
  SiteId site = SiteId::None;
  bool counted = true;  ///< false: a system call, whose hit is reported at its entry stop
  bool operator==(const Waiting&) const = default;
  static constexpr std::string_view name = "Waiting";
  auto fields() { return std::tie(site, counted); }
};

/// Kept stopped while another thread steps in place; goes on as `resume` says.
struct Parked {
  Resume resume;
  SiteId in_call = SiteId::None;  ///< None: goes on as Free, otherwise as InCall
  bool operator==(const Parked&) const = default;
  static constexpr std::string_view name = "Parked";
  auto fields() { return std::tie(resume, in_call); }
};

/// In a group-stop (PTRACE_LISTEN): runs nothing until SIGCONT.
struct Listening {
  bool operator==(const Listening&) const = default;
  static constexpr std::string_view name = "Listening";
  auto fields() { return std::tie(); }
};

/// Draining: group-stopped with a trap of ours queued behind the stop. Runs on to that trap, and is
/// detached there; the kernel then stops it again with its group.
struct LeavingStop {
  bool operator==(const LeavingStop&) const = default;
  static constexpr std::string_view name = "LeavingStop";
  auto fields() { return std::tie(); }
};

/// Waits inside vfork() for a child that has its memory; can't be stopped meanwhile.
struct InVfork {
  SiteId in_call = SiteId::None;
  bool operator==(const InVfork&) const = default;
  static constexpr std::string_view name = "InVfork";
  auto fields() { return std::tie(in_call); }
};

/// Runs a system call for us (mmap of a scratch area); its own stop is dealt with afterwards.
struct Borrowed {
  bool entered = false;
  bool operator==(const Borrowed&) const = default;
  static constexpr std::string_view name = "Borrowed";
  auto fields() { return std::tie(entered); }
};

/// Past its exit stop: runs no more instructions.
struct Exiting {
  bool operator==(const Exiting&) const = default;
  static constexpr std::string_view name = "Exiting";
  auto fields() { return std::tie(); }
};

}  // namespace state

using ThreadState =
    std::variant<state::Newborn, state::Free, state::Stepping, state::InTwin, state::Entering,
                 state::InCall, state::Waiting, state::Parked, state::Listening, state::LeavingStop,
                 state::InVfork, state::Borrowed, state::Exiting>;

/// True if the thread can execute instructions of the program before its next stop is seen: the
/// threads that an all-stop has to wait for.
inline bool runs(const ThreadState& s) {
  return !std::holds_alternative<state::Waiting>(s) && !std::holds_alternative<state::Parked>(s) &&
         !std::holds_alternative<state::Listening>(s) &&
         !std::holds_alternative<state::InVfork>(s) && !std::holds_alternative<state::Exiting>(s);
}

enum class ProcessState : std::uint8_t {
  Tracing,
  Quiescing,  ///< in-place modes: a thread waits for its turn (all-stop: for the others to stop)
  Lifted,     ///< in-place modes: one site's trap is lifted, one thread steps
  Draining,   ///< disarmed; threads that trapped before are sent on
};

/// Whose arrivals count.
enum class Role : std::uint8_t {
  Member,  ///< a thread of the traced process
  Guest,   ///< another process that shares the memory (vfork, CLONE_VM): stepped, not reported
};

}  // namespace sidestep::core
