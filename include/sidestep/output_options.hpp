// How events are to be shown, and where. Plain values, filled in by the command line or by a host
// program, read by make_sink() (output.hpp).
#pragma once

#include <cstdint>
#include <string>

namespace sidestep {

enum class Format : std::uint8_t { Text, Jsonl };

/// -c, -C. In JSON Lines the summary is a record that always comes: Only leaves out the others.
enum class SummaryTable : std::uint8_t { None, Only, Also };

/// -t, -tt, -ttt, spelled as strace does.
enum class Timestamps : std::uint8_t {
  None,
  Seconds,       ///< 13:07:59
  Microseconds,  ///< 13:07:59.000123
  Epoch,         ///< 1416753479.000123
};

/// Time since the previous event (-r).
enum class RelativeTime : std::uint8_t { Off, On };

/// Time spent in a call, net, behind its return value (-T). JSON Lines always has it.
enum class CallTime : std::uint8_t { Off, On };

/// Auto: where the destination is a terminal that knows colours and NO_COLOR is not set.
enum class Color : std::uint8_t { Auto, Always, Never };

/// Each level leaves out more.
enum class Quiet : std::uint8_t {
  No,
  Notices,  ///< -q: no notices about probes, no `+++ exited with 0 +++`
  Account,  ///< -qq: no account on standard error either
};

/// -v: thread events, and every site at the start.
enum class Verbosity : std::uint8_t { Normal, Verbose };

struct OutputOptions {
  Format format = Format::Text;
  std::string destination;  ///< -o: "" standard error, "|CMD" a command, else a file
  SummaryTable summary = SummaryTable::None;
  Timestamps timestamps = Timestamps::None;
  RelativeTime relative = RelativeTime::Off;
  CallTime call_time = CallTime::Off;
  Color color = Color::Auto;
  Quiet quiet = Quiet::No;
  Verbosity verbosity = Verbosity::Normal;
};

}  // namespace sidestep
