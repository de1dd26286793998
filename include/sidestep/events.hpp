// What a session tells its sink. Plain values; strings are owned. The sink is called from one
// thread (the output thread), in the order of the events' production.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sidestep/types.hpp"
#include "sidestep/value.hpp"

namespace sidestep {

enum class Mode : std::uint8_t { Displaced, AllStop, Lift };
enum class Step : std::uint8_t { Boosted, Single };

/// CLOCK_MONOTONIC, nanoseconds.
using Nanoseconds = std::int64_t;

struct SourceLine {
  std::string file;
  std::uint32_t line = 0;
};

/// A site as it was resolved. Stable for the session: events refer to it by id.
struct SiteInfo {
  SiteId id{};
  Pid pid;
  Address ip;
  std::string module;  ///< file name without directories
  std::string module_path;
  LoadOffset off;
  std::string func;  ///< "" unknown
  std::uint64_t func_off = 0;
  std::optional<SourceLine> src;
  std::vector<ProbeId> probes;  ///< in -x order
};

/// How a process ended.
struct Exited {
  int code = 0;
};
struct Signaled {
  int signal = 0;
};
using ExitStatus = std::variant<std::monostate, Exited, Signaled>;  ///< monostate: still running

struct StartEvent {
  Nanoseconds ts = 0;
  Pid pid;
  std::vector<std::string> command;
  Mode mode{};
  Step step{};
  std::vector<std::string> probes;  ///< specs as given, by ProbeId
  std::vector<SiteInfo> sites;      ///< as resolved when the program begins
  std::int64_t realtime_ns = 0;     ///< CLOCK_REALTIME at `ts`
  /// Sentences about what the probes match: a line without code, a function only inlined.
  std::vector<std::string> notes = {};
};

/// One frame of a stack backtrace, innermost first.
struct Frame {
  Address ip;        ///< of the innermost: the site; of the others: the return address
  std::string func;  ///< "" unknown
  std::uint64_t func_off = 0;
  std::string module;  ///< file name without directories; "" unknown
  LoadOffset off;
  std::optional<SourceLine> src;
};

/// An arrival; one event for each probe the site serves.
struct HitEvent {
  Nanoseconds ts = 0;
  Pid pid;
  Tid tid;
  std::string comm;
  ProbeId probe{};
  const SiteInfo* site = nullptr;  ///< valid for the session's lifetime
  std::uint64_t seq = 0;           ///< numbers this thread's records without gaps, from 0
  std::vector<Argument> args;      ///< those that the probe asks for
  std::vector<Frame> stack;        ///< -k
};

/// A call that has returned, for a SPEC%return probe: one event a call, nothing at its entry.
struct ReturnEvent {
  Nanoseconds ts = 0;  ///< of the return
  Pid pid;
  Tid tid;
  std::string comm;
  ProbeId probe{};
  const SiteInfo* site = nullptr;  ///< the function's entry; valid for the session's lifetime
  std::uint64_t seq = 0;
  std::vector<Argument> args;  ///< as they were at the entry
  std::optional<Value> ret;    ///< empty: the function returns nothing
  Nanoseconds gross = 0;       ///< from entry to return
  Nanoseconds net = 0;         ///< the same, less the time for which we kept the thread stopped
  std::vector<Frame> stack;    ///< -k: of the entry
};

struct ThreadEvent {
  enum class What : std::uint8_t { Started, Exited };
  Nanoseconds ts = 0;
  Pid pid;
  Tid tid;
  std::string comm;
  What what{};
  ExitStatus exit;
  std::uint64_t seq = 0;
};

struct ExitEvent {
  Nanoseconds ts = 0;
  Pid pid;
  ExitStatus exit;
  std::string comm;  ///< of the leader, as last seen; "" unknown
};

/// Something that could not be observed, or a notice the user should see (a module that can't be
/// read, a site that had to be given up).
struct GapEvent {
  Nanoseconds ts = 0;
  Pid pid;
  std::string reason;
};

struct FunctionTally {
  std::string func, module;
  std::uint64_t sites = 0, hits = 0;
  std::uint64_t returns = 0, unfinished = 0;  ///< %return
};

struct ProbeTally {
  std::string probe;  ///< the spec as given
  std::uint64_t sites = 0, hits = 0;
  bool at_return = false;                     ///< %return: the next two mean something
  std::uint64_t returns = 0, unfinished = 0;  ///< calls that came back; that never did
  std::vector<FunctionTally> functions;
};

/// The account of a run. `missed` is empty where it cannot be known (product rule: never a guess).
struct Summary {
  Mode mode{};
  Step step{};
  std::uint64_t hits = 0, completed = 0, filtered = 0;
  std::optional<std::uint64_t> missed;
  std::string audit;  ///< "held", or what failed
  std::uint64_t lost = 0, bystander_stops = 0, waits = 0;
  double duration_s = 0;                    ///< armed to disarmed (or the end)
  std::optional<double> tracer_us_per_hit;  ///< wall time from a wait's return to the resume
  double tracer_cpu_s = 0;                  ///< CPU time of the tracing process
  std::vector<ProbeTally> probes;
  std::vector<std::pair<Pid, ExitStatus>> processes;  ///< the first is the command's own
  bool interim = false;                               ///< asked for by SIGUSR1, not the last
};

using Event =
    std::variant<StartEvent, HitEvent, ReturnEvent, ThreadEvent, ExitEvent, GapEvent, Summary>;

}  // namespace sidestep
