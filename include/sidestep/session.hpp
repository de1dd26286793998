// A session: launch a command or attach to processes, trace, and account for every arrival. This is
// the library's door; the command line uses nothing else.
//
// Ownership: a Session owns the tracee's tracing, not the tracee: when it ends, by whatever way,
// the tracee has been detached and left as it was found (or killed, with
// SessionOptions::kill_on_exit). The sink belongs to the caller and must outlive the session.
//
// What can fail is in the Result of run() and list_file(): Usage (a bad probe, no match), Setup
// (not permitted, wrong file format, the sink's output failed), NotRunnable and NotFound (the
// command). Nothing here throws.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sidestep/events.hpp"
#include "sidestep/options.hpp"
#include "sidestep/result.hpp"
#include "sidestep/sink.hpp"
#include "sidestep/types.hpp"

namespace sidestep {

/// How a session ended.
struct Outcome {
  ExitStatus exit;           ///< of the command, or the first process; monostate: it lives on
  bool attached = false;     ///< to processes that ran before: their ends are no results of ours
  bool ended_by_us = false;  ///< --limit, --duration or request_stop(): detached, not ended
  Summary summary;           ///< the same one that the sink got as its last event
  bool complete = false;     ///< nothing missed, nothing lost, and both are known
  std::optional<std::uint64_t> truth;  ///< the counter SessionOptions::truth, if one was asked for
};

class Session {
 public:
  /// Does nothing yet but keep the two. `sink` must outlive the session.
  explicit Session(SessionOptions options, EventSink& sink);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Launches, arms, traces; returns when the command has ended or was detached. Blocks. Once only.
  /// The sink gets a StartEvent first and a Summary that is not interim last, also where an error
  /// is returned after tracing had begun (its output failed: nothing after that can be written, but
  /// the account can still be given).
  Result<Outcome> run();

  /// Ends the run: disarm, finish what has trapped, detach, summarise. Async-signal-safe, and safe
  /// from any thread, before, during and after run(). A second call skips writing out the queued
  /// events (they are counted as lost); it never skips the restoring.
  void request_stop() noexcept;

  /// Asks for an interim Summary event. Async-signal-safe, and safe from any thread.
  void request_interim() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One address that the probes of `sidestep list` name.
struct ListRow {
  Address address;  ///< link-time address: the file is not loaded
  std::string module;
  std::string func;  ///< "" unknown
  std::uint64_t func_off = 0;
  std::string src;          ///< "file:line", "" unknown
  std::string probe;        ///< the spec as given
  std::string verdict;      ///< how it would be stepped: "boosted", "twin", ...; or "refused"
  std::string reason;       ///< why, where `verdict` needs a reason; always with "refused"
  std::string instruction;  ///< disassembled
  std::vector<std::string> aliases = {};  ///< other names of the function that begins there
  bool inlined = false;                   ///< in an instance of `func` that was inlined
  std::string params = {};                ///< "(const char *s, size_t n)", "" unknown
  std::string note = {};  ///< about the match ("... has no code: line 12 is probed"), or ""
};

/// Dry run: what the probes name in an ELF file, and whether each could be armed. No process is
/// started; debug information is fetched from servers only with `debuginfod`. Usage: a bad probe,
/// no match. Setup: the file can't be read as amd64 ELF.
Result<std::vector<ListRow>> list_file(const std::vector<std::string>& probes,
                                       const std::vector<std::string>& excluded,
                                       const std::string& file, bool debuginfod = false);

/// The same for what is mapped as code in a running process now, at run-time addresses. Nobody is
/// stopped, or attached to. Setup: no such process, or its /proc entry can't be read.
Result<std::vector<ListRow>> list_process(const std::vector<std::string>& probes,
                                          const std::vector<std::string>& excluded, int pid,
                                          bool debuginfod = false);

}  // namespace sidestep
