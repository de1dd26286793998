// What the engine knows of its tracees. Owned by the Engine; tracing thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/calls.hpp"
#include "core/kernel.hpp"
#include "core/site_table.hpp"
#include "core/state.hpp"

namespace sidestep::core {

struct Process;

/// What a held signal needs to be delivered as if nothing had been.
struct HeldSignal {
  SigInfo info;
  SignalMask mask = 0;
};

/// What a borrowed thread's system call is for.
enum class Errand : std::uint8_t { MapArea, SetTrapHandler, ReadTrapAction, RestoreTrapAction };

/// What was seen at a thread's last arrival, until that is reported.
struct Sighting {
  std::vector<std::uint8_t> payload;  ///< empty: nothing but the arrival
  std::uint32_t events = 0;           ///< that it makes
  std::vector<std::uint8_t> fired;    ///< of a watched site: which probes take it
};

/// A return that is to be reported as soon as the thread runs again.
struct Returned {
  SiteId site = SiteId::None;
  std::vector<std::uint8_t> payload;
  std::uint32_t events = 0;
};

struct Thread {
  Tid tid;
  Process* process = nullptr;  ///< whose memory it runs in
  Pid pid;                     ///< its own process: differs from process->pid for a guest
  Role role = Role::Member;
  ThreadState state = state::Newborn{};
  SiteId aborting = SiteId::None;  ///< where its last arrival was in a restartable sequence
  std::uint32_t aborts = 0;        ///< how many in a row were there
  SiteId echo = SiteId::None;      ///< a trap there with `echo_regs` is the same arrival again
  Registers echo_regs;
  std::uint64_t seq = 0;             ///< next record's number
  Nanoseconds hit_since = 0;         ///< when the stop of a hit under way was seen; 0: none is
  Nanoseconds woke = 0;              ///< when its last stop was seen that was not on an errand
  SiteId dropped_at = SiteId::None;  ///< its last arrival was there, and filtered
  Nanoseconds kept = 0;              ///< for how long it was kept at hits, altogether
  Sighting sighting;
  Calls calls;  ///< under way, whose returns are awaited
  std::vector<Returned> returned;
  Tally tally;  ///< the thread's share, for the audit
  HeldSignal held;
  std::optional<SigInfo> second;      ///< of the stop at which `held` was let go, for Requeue
  Registers borrowed;                 ///< registers to put back after a borrowed call
  ThreadState lent_in;                ///< its state then
  std::optional<StopEvent> deferred;  ///< the stop it was borrowed at
  Errand errand = Errand::MapArea;    ///< what it was borrowed for
  AddressRange area;                  ///< to be mapped
  /// Registers with which a call returned that a stop broke off, until it is entered again.
  std::optional<Registers> broken_off;

  std::uint32_t looks = 0;    ///< how often trap_action.cpp might have looked at it
  bool blocks_traps = false;  ///< SIGTRAP: see trap_action.cpp
  /// Seldom: a look costs a call.
  bool is_look_due() const { return looks % 64 == 0; }

  // Draining: proof that no trap of it can still be on its way (see drain.cpp).
  bool drained = false;
  std::uint64_t drain_cpu = 0;
  bool group_stopped = false;
  bool asked_again = false;  ///< group-stopped with a trap queued: it has been interrupted
};

/// One process and its memory.
struct Process {
  Pid pid;
  ProcessState state = ProcessState::Tracing;
  bool start_up = true;
  bool area_pending = false;              ///< some armed sites have no slot yet
  bool wants_handler = false;             ///< a trap handler is to be put into it (ADR 9)
  bool trap_action_read = false;          ///< or at least tried to
  std::vector<std::uint8_t> trap_action;  ///< the program's action for SIGTRAP; empty: not known
  bool attached = false;  ///< it was running before us: whatever happens, it lives on
  SiteTable sites;
  std::vector<Module> modules;
  std::uint32_t modules_version = 0;  ///< grows whenever they change
  std::uint32_t unwound_with = 0;     ///< the version that the unwinder knows
  std::uint32_t go_version = 0;       ///< and the one that `go` is about
  bool go = false;                    ///< there is Go code in it
  /// Where the call before a return address leads, as far as that is fixed. Of that version.
  std::unordered_map<Address, std::optional<Address>> call_targets;
  std::uint32_t targets_version = 0;
  /// Go: calls under way, by goroutine (the address of its g), which may change threads.
  std::unordered_map<Address, Calls> goroutines;
  std::unordered_map<Tid, std::unique_ptr<Thread>> threads;  ///< members and guests
  std::size_t running = 0;                                   ///< threads for which runs() holds
  ExitStatus exit;
  Address linker_state;    ///< of r_debug.r_state; zero: unknown
  Tid borrower;            ///< who maps memory for slots now, or did last: one at a time
  Address syscall_insn;    ///< a system-call instruction that a borrowed thread can run
  std::deque<Tid> turns;   ///< in-place modes: who waits, in order of arrival
  bool armed = false;      ///< all that matches in it, as far as it is loaded, has been
  std::size_t sample = 0;  ///< the audit's next site: see SiteTable::next

  Thread* find(Tid tid) {
    auto found = threads.find(tid);
    return found == threads.end() ? nullptr : found->second.get();
  }
  /// A thread by which /proc can be asked about this process: a zombie leader can't. One of its
  /// own, as others that share the memory (vfork) may leave it by an exec at any moment.
  Tid living() const {
    Tid guest{pid.value};
    for (const auto& [tid, thread] : threads) {
      if (std::holds_alternative<state::Exiting>(thread->state)) continue;
      if (thread->role == Role::Member && thread->pid == pid) return tid;
      guest = tid;  // the last ones that use the memory
    }
    return guest;
  }
};

}  // namespace sidestep::core
