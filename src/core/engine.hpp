// The loop: wait → decode → advance → apply → resume → record. One for all modes; a hit, as data,
// flows through it in one direction. Everything here belongs to the tracing thread, except the
// three request functions.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/advance.hpp"
#include "core/architecture.hpp"
#include "core/arming.hpp"
#include "core/journal.hpp"
#include "core/kernel.hpp"
#include "core/process.hpp"
#include "core/record.hpp"
#include "core/unwinder.hpp"
#include "sidestep/result.hpp"

namespace sidestep::core {

struct Account;
struct Stack;
class StoppedScene;

/// Where records go: the queue to the output side. Called after the thread was resumed.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// May wait: nothing is dropped. `payload`: record.code bytes.
  virtual void record(const Record& record, std::span<const std::uint8_t> payload = {}) = 0;
  virtual void notice(Pid pid, std::string text) = 0;
  /// About what the probes match: told with the start if the run has not begun.
  virtual void note(Pid pid, std::string text) { notice(pid, std::move(text)); }
  virtual void interim(const Account& account) = 0;
};

struct EngineOptions {
  std::optional<std::uint64_t> limit;
  bool follow = false;  ///< new processes too
  bool eintr_repair = true;
  bool trap_handler = false;  ///< in the tracee, for the time after a kill of the tracer
  bool hit_records = true;    ///< false: hits are only counted
  bool thread_records = false;
  std::uint32_t stack_frames = 0;  ///< of a backtrace at each hit; 0: none
  Nanoseconds min_time = 0;        ///< calls that took less are not reported
  std::optional<std::string> truth;
};

/// The run's account, complete when run() has returned.
struct Account {
  std::uint64_t hits = 0, undone = 0, bystander_stops = 0, waits = 0;
  Nanoseconds on_hits = 0;  ///< wall time from a wait's return to the resume, over all hits
  Nanoseconds armed_at = 0, disarmed_at = 0;
  std::string audit = "held";
  std::optional<std::uint64_t> truth;
  bool ended_by_us = false;
  Ledger sites;
  std::map<SiteId, std::vector<ProbeBooks>> watched;  ///< by probe of the site, in -x order
  std::vector<std::pair<Pid, ExitStatus>> processes;
};

class Engine {
 public:
  struct Parts {
    Kernel& kernel;
    const Architecture& arch;
    Resolver& resolver;
    Arming& arming;
    const Policy& policy;
    const Policy& own_sites;
    Recorder& recorder;
    Journal* journal = nullptr;    ///< nullptr: none
    Unwinder* unwinder = nullptr;  ///< nullptr: no stacks
  };
  Engine(const Parts& parts, EngineOptions options);

  /// A seized thread that is about to exec the program.
  void launched(Tid tid);
  /// A running process, all of whose threads get seized here. Traps are written when run() begins.
  Result<void> attach(Pid pid);
  /// Until no tracee is left, or a stop was requested and everything is drained.
  /// An error: no match, or the program could not be set up. A launched one has been killed before
  /// its start, an attached one left as it was.
  Result<void> run();
  const Account& account() const { return account_; }
  /// The account so far; tracing thread only.
  Account interim() const;

  // --- from other threads; the caller then interrupts the tracing thread's wait ---
  void request_stop() { stop_requested_ = true; }
  void request_interim() { interim_requested_ = true; }
  /// Nothing that was requested is still to be seen.
  bool requests_seen() const { return stop_requested_ == stop_seen_ && !interim_requested_; }

 private:
  // engine.cpp: the loop
  void handle(const RawStop& raw);
  void dispatch(Thread& thread, StopEvent event, Nanoseconds woke);
  void settle(Thread& thread, const Transition& t);
  static void book(Thread& thread, Site& at, Verdict verdict);
  void clock_hit(Thread& thread, const StopEvent& event, Nanoseconds woke);
  void book_time(Thread& thread, Nanoseconds since);
  void report(Thread& thread, const Site& site, Nanoseconds woke);
  void emit(Record::Kind kind, const Thread& thread, SiteId site, Nanoseconds woke,
            std::span<const std::uint8_t> payload);
  std::uint64_t reports_left() const;
  void count_report();
  void change_state(Thread& thread, const ThreadState& next);
  void follow_up(Process& process);
  void take_turn(Process& process);
  void release_all(Process& process);
  void check_requests();
  View view_of(const Thread& thread) const;

  // shortcut.cpp: the usual hit
  bool take_shortcut(Thread& thread, Address pc, Nanoseconds woke);
  Site* usual_site(const Thread& thread, Address pc) const;

  // tracees.cpp: who there is
  Thread* find(Tid tid);
  Process& add_process(Pid pid);
  Thread& add(Process& process, Tid tid, Pid pid, Role role, ThreadState state);
  Thread* adopt(const RawStop& raw);
  void announce(Thread& parent);
  Thread* welcome(Tid tid, const Identity& child, Process* origin);
  void clean_copy(Tid tid, const Process* origin);
  Thread* follow_copy(Tid tid, const Identity& child, const Process* origin);
  Process* find_process(Pid pid);
  bool runs_in_memory_of(const Process& process, Tid tid);
  void bury(const RawStop& raw);
  void remove(Thread& thread);
  static SiteId in_flight_at(const Thread& thread);
  void replace_image(Thread*& thread, const RawStop& raw);
  void end_process(Process& process);
  void report_exit(Pid pid, const ExitStatus& exit);

  // decode.cpp: what a stop means
  /// `pc`: of a SIGTRAP; nullopt there: it has been killed.
  std::optional<StopEvent> decode(Thread& thread, const RawStop& raw, std::optional<Address> pc);
  std::optional<StopEvent> decode_trap(Thread& thread, Address pc);
  StopEvent decode_arrival(Thread& thread, Site& site);
  bool is_programs_own(const Process& process, const Site& site, Tid by);
  bool has_moved(Thread& thread, Address trap);
  bool is_superseded(Thread& thread, Site& site);
  std::optional<StopEvent> decode_signal(Thread& thread, int signo);
  std::optional<StopEvent> decode_debug_trap(Thread& thread, const Place& place, SignalCause cause);
  std::optional<StopEvent> decode_syscall(Thread& thread);
  bool is_echo(Thread& thread, const Site& site);
  bool interrupts_call(Thread& thread, const Place& place);

  // apply.cpp: effects
  void apply(Thread& thread, const Effect& effect);
  void edit_registers(Thread& thread, const std::function<void(Registers&)>& edit);
  void expect_echo(Thread& thread, SiteId site);
  void interrupt_others(Thread& thread);
  void note_interrupted(Thread& thread, const StopEvent& event);
  void repair_interrupted(Thread& thread);
  void write_byte(Process& process, const Site& site, std::uint8_t byte, Tid by);

  // observe.cpp: what is seen at an arrival
  bool watches(const Thread& thread, const Site& site) const;
  void observe(Thread& thread, StopEvent& event, Nanoseconds woke);
  enum class Seen : std::uint8_t { Counts, Filtered, Late };
  Seen see(Thread& thread, Site& site, Nanoseconds woke, std::uint64_t most);
  bool look(Thread& thread, Site& site, StoppedScene& scene, Nanoseconds woke);
  void begin_call(Thread& thread, const Site& site, StoppedScene& scene,
                  std::vector<std::uint8_t> seen, Nanoseconds woke);
  Calls::Entry how_entered(Process& process, const Site& site, Address back, Tid by);
  void say_not_followed(const Process& process, Address back);
  struct Lane {  // where a call is looked for
    Calls* calls;
    std::uint64_t key;
  };
  Lane lane_of(Thread& thread, StoppedScene& scene, Address stack);
  static std::optional<Lane> goroutine_lane(Process& process, StoppedScene& scene, Address g,
                                            Address stack);
  bool is_go(Process& process);
  void end_calls(Thread& thread, const Site& site, StoppedScene& scene, Nanoseconds woke);
  void end_call(Thread& thread, const Call& call, StoppedScene& scene, Nanoseconds gross,
                Nanoseconds net);
  Stack unwind(Thread& thread, StoppedScene& scene);
  void report_returns(Thread& thread, Nanoseconds woke);

  // startup.cpp: modules, the beginning
  bool wants_scan(const Thread& thread, const StopEvent& event);
  bool scan(Thread& thread, const StopEvent& event);
  void end_start_up(Process& process, Tid by);
  bool begin(Process& first);
  void tell_armed();
  void tell_notes(const Process& process);
  bool find_truth(const Process& process);
  bool linker_is_done(const Thread& thread, const StopEvent& event);
  void fail(Error error, Process& process);

  // errands.cpp: system calls that a tracee's thread makes for us
  bool goes_on_errand(Thread& thread, const StopEvent& event);
  void errand_done(Thread& thread, std::int64_t result);
  bool provide_slots(Thread& thread, const StopEvent& event);
  bool map_areas(Thread& thread, const StopEvent& event);
  bool set_trap_handler(Thread& thread, const StopEvent& event);
  bool borrow(Thread& thread, Errand errand, const RemoteCall& call, const StopEvent& event);
  void finish_borrow(Thread& thread);
  Registers own_registers(const Thread& thread) const;
  Address find_syscall_insn(Process& process, Tid by);
  Address find_syscall_insn(Tid by);

  // trap_action.cpp: what a program does about SIGTRAP itself
  static bool may_have_cost_the_action(Thread& thread, const StopEvent& event);
  bool keep_trap_action(Thread& thread, const StopEvent& event);
  bool read_trap_action(Thread& thread, const StopEvent& event);
  bool restore_trap_action(Thread& thread, const StopEvent& event);
  bool ask_for_trap_action(Thread& thread, Errand errand, const StopEvent& event);
  void note_trap_action(Thread& thread);

  // attach.cpp: running processes
  void arm_attached();
  bool look_at(Process& process);

  // audit.cpp: are the guarantees holding?
  void audit_sites(Process& process, Tid by);
  void audit_sample(Process& process, Tid by);
  bool audit_site(Process& process, const Site& site, Tid by);
  void audit_books(const Process& process);
  void audit_failed(std::string what);
  void give_up(Process& process, Site& site, Tid by, const std::string& why);
  void last_look(Process& process, Tid by);

  // sequences.cpp: sites in restartable sequences
  void note_sequence(Thread& thread, const StopEvent& event);

  // drain.cpp: leaving
  void begin_drain();
  void disarm(Process& process);
  bool serve_round();
  void drain();
  bool drained(Process& process, Thread& thread);
  bool leave_stop(Thread& thread);
  struct Remaining {
    std::uint64_t cpu_time = 0;  // ns
    std::size_t threads = 0;
  };
  Remaining remaining();
  void leave_behind(const Remaining& those);

  Parts parts_;
  Kernel& kernel_;
  EngineOptions options_;
  Account account_;
  std::list<std::unique_ptr<Process>> processes_;
  std::unordered_map<Tid, Thread*> threads_;
  std::optional<Error> failure_;
  std::set<Tid> announced_;  // copies of our memory, cleaned, whose first stop is still to come
  std::set<Tid> let_go_;     // whose first stop came before they were announced
  bool draining_ = false;
  std::uint64_t sample_clock_ = 0;
  std::optional<Variable> truth_;
  bool begun_ = false;
  bool attaching_ = false;  // not all attached processes have been looked at yet
  Pid first_;               // the command's, or the first one attached to
  struct Early {
    Record record;
    std::vector<std::uint8_t> payload;
  };
  std::vector<Early> before_start_;  // hits of code that runs while libraries are being mapped
  std::uint64_t reports_ = 0;        // what --limit counts: arrivals, or their returns
  std::vector<Call> ended_;          // by end_calls(), kept for its memory
  std::vector<std::uint8_t> call_;   // by look(), likewise
  std::set<std::pair<Pid, std::string>> not_followed_;  // said so already
  std::atomic<bool> stop_requested_{false}, stop_seen_{false}, interim_requested_{false};
};

}  // namespace sidestep::core
