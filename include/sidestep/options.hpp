// What a session is asked to do. Filled in by the command line or by a host program.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sidestep/code_witness.hpp"
#include "sidestep/events.hpp"

namespace sidestep {

/// How the tracer waits for the next stop.
enum class Wait : std::uint8_t { Auto, Block, Spin };

struct SessionOptions {
  std::vector<std::string> probes;    ///< -x
  std::vector<std::string> excluded;  ///< -X
  std::vector<std::string> command;   ///< the command and its arguments; or, without one:
  std::vector<int> pids;              ///< -p: running processes; a thread id stands for its own
  bool follow = false;                ///< -f: processes that these start, too
  Mode mode = Mode::Displaced;
  Step step = Step::Boosted;
  Wait wait = Wait::Auto;
  std::optional<std::uint64_t> limit;                ///< --limit: report exactly so many hits
  std::optional<std::chrono::nanoseconds> duration;  ///< --duration: counts from armed
  bool kill_on_exit = false;
  bool eintr_repair = true;          ///< all-stop: hide the EINTR that our own stops cause
  std::optional<std::string> truth;  ///< symbol of a counter in the tracee, read at its end
  std::string journal;               ///< file for every state transition; "" none
  bool debug_wait = false;           ///< print every wait result to standard error
  bool debug_state = false;          ///< print every state transition to standard error
  bool thread_events = false;        ///< ThreadEvents are wanted
  bool trap_handler = false;         ///< put a SIGTRAP handler into the tracee, for after our death
  CodeWitness* witness = nullptr;    ///< told of every changed byte; must outlive the session
  bool hit_events = true;            ///< HitEvents are wanted; false: only counts
  std::uint32_t string_limit = 32;   ///< -s: bytes of a string that are shown
  std::uint32_t stack_frames = 0;    ///< -k: frames of a backtrace; 0: none
  std::chrono::nanoseconds min_time{0};  ///< --min-time: calls that took less are filtered
  bool debuginfod = false;               ///< --debuginfod: ask servers for debug information
};

}  // namespace sidestep
