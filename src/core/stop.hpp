// Stops: as the kernel reports them, and as what they mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <variant>

#include "core/relocation.hpp"
#include "sidestep/events.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

/// A wait result. `status` is the word as wait4(2) encodes it, for people; the rest is its meaning.
struct RawStop {
  enum class Kind : std::uint8_t {
    Signal,   ///< signal-delivery stop (also every trap); `code` is the signal
    Syscall,  ///< system-call stop
    Group,    ///< group-stop; `code` is the stop signal
    Nudge,    ///< PTRACE_EVENT_STOP with SIGTRAP
    Clone,    ///< clone or fork event
    Vfork,
    VforkDone,
    Exec,
    Exit,    ///< exit event; still alive
    Exited,  ///< gone; `code` is the exit code
    Killed,  ///< gone; `code` is the signal
    Other,   ///< an event that is of no concern
  };
  Tid tid;
  int status = 0;
  Kind kind = Kind::Other;
  int code = 0;
  Nanoseconds at = 0;  ///< when the wait for it returned, CLOCK_MONOTONIC
};

/// Where a thread's PC is, seen through the PC map of the slots.
struct Place {
  enum class Where : std::uint8_t { Program, Slot, Twin };
  Where where = Where::Program;
  SiteId site = SiteId::None;  ///< of the slot or twin
  PcPoint::Progress progress = PcPoint::Progress::NotStarted;
  Address pc;      ///< as the register has it
  Address resume;  ///< the original PC to show for it; == pc in the program

  bool done() const { return progress == PcPoint::Progress::Done; }
  static constexpr std::string_view name = "place";
  auto fields() { return std::tie(where, site, progress, pc, resume); }
};

/// What a signal would do to the program now.
enum class Disposition : std::uint8_t { Handled, Fatal, Stops, Ignored };

namespace stop {

/// Our int3 at a site: an arrival, or an echo of one.
struct Trap {
  SiteId site = SiteId::None;
  bool echo = false;  ///< not a new arrival: the same hit comes again (restarted system call)
  /// Its slot has no memory yet, and another thread is getting some; or the site was given up.
  bool early = false;
  bool filtered = false;  ///< an arrival that the conditions of all its probes drop
  static constexpr std::string_view name = "Trap";
  auto fields() { return std::tie(site, echo, early, filtered); }
};

/// Our int3 at a site inside the restartable sequence (rseq) that its thread is in. The kernel is
/// going to abort it, as the thread has been off its processor.
struct Sequence {
  SiteId site = SiteId::None;
  bool filtered = false;
  static constexpr std::string_view name = "Sequence";
  auto fields() { return std::tie(site, filtered); }
};

/// The int3 at a twin's end.
struct TwinEnd {
  SiteId site = SiteId::None;
  Address resume;  ///< behind the instruction; a transaction's fallback
  static constexpr std::string_view name = "TwinEnd";
  auto fields() { return std::tie(site, resume); }
};

/// SIGTRAP of a debug exception: our single-step, or the program's own trap flag.
struct TraceTrap {
  Place place;
  bool own_flag = false;  ///< the program itself has TF set
  Disposition disposition = Disposition::Fatal;
  static constexpr std::string_view name = "TraceTrap";
  auto fields() { return std::tie(place, own_flag, disposition); }
};

/// System-call entry or exit (TRACESYSGOOD).
struct Syscall {
  bool restarts = false;  ///< at exit: the kernel is going to run the call again
  static constexpr std::string_view name = "Syscall";
  auto fields() { return std::tie(restarts); }
};

/// Signal-delivery stop.
struct Signal {
  int signo = 0;
  bool fault = false;  ///< caused by the instruction itself, not sent
  Disposition disposition = Disposition::Fatal;
  Place place;
  /// It comes to a thread that a stop took out of a system call and that has not entered it again:
  /// to the program it interrupts the call.
  bool in_call = false;
  static constexpr std::string_view name = "Signal";
  auto fields() { return std::tie(signo, fault, disposition, place, in_call); }
};

/// Group-stop by a stop signal.
struct Group {
  int signo = 0;
  bool trap_queued = false;  ///< while draining: a SIGTRAP of ours waits behind the stop
  static constexpr std::string_view name = "Group";
  auto fields() { return std::tie(signo, trap_queued); }
};

/// PTRACE_EVENT_STOP with SIGTRAP: a newborn's first stop, our interrupt, or SIGCONT.
struct Nudge {
  static constexpr std::string_view name = "Nudge";
  auto fields() { return std::tie(); }
};

/// A clone or fork event of the parent; the child makes itself known by its own first stop.
struct Clone {
  static constexpr std::string_view name = "Clone";
  auto fields() { return std::tie(); }
};
struct Vfork {
  static constexpr std::string_view name = "Vfork";
  auto fields() { return std::tie(); }
};
struct VforkDone {
  static constexpr std::string_view name = "VforkDone";
  auto fields() { return std::tie(); }
};
struct Exec {
  static constexpr std::string_view name = "Exec";
  auto fields() { return std::tie(); }
};
/// PTRACE_EVENT_EXIT: last look at registers and memory.
struct Exit {
  Place place;
  static constexpr std::string_view name = "Exit";
  auto fields() { return std::tie(place); }
};

/// Not a stop, but dealt with alike: a Waiting thread's turn has come (in-place modes).
struct Turn {
  static constexpr std::string_view name = "Turn";
  auto fields() { return std::tie(); }
};
/// Not a stop either: a Waiting or Parked thread may go on.
struct Release {
  static constexpr std::string_view name = "Release";
  auto fields() { return std::tie(); }
};

}  // namespace stop

using StopEvent =
    std::variant<stop::Trap, stop::TwinEnd, stop::TraceTrap, stop::Syscall, stop::Signal,
                 stop::Group, stop::Nudge, stop::Clone, stop::Vfork, stop::VforkDone, stop::Exec,
                 stop::Exit, stop::Turn, stop::Release, stop::Sequence>;

}  // namespace sidestep::core
