// What the tests of the sinks share: events as an engine would make them, and a destination whose
// text can be read back.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "output/destination.hpp"
#include "sidestep/events.hpp"

namespace sidestep::output {

/// A file in the test's own folder, gone with it.
class ScratchFile {
 public:
  ScratchFile();
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  const std::string& path() const { return path_; }
  std::string text() const;

 private:
  std::string folder_, path_;
};

/// Everything a sink writes goes to a scratch file.
class Written {
 public:
  Written();
  Destination& destination() { return *destination_; }
  /// All so far.
  std::string text();

 private:
  ScratchFile file_;
  std::unique_ptr<Destination> destination_;
};

/// Sets a variable of the environment for as long as it lives; null unsets it.
class Environment {
 public:
  Environment(const char* name, const char* value);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::string name_, before_;
  bool was_set_;
};

std::string read_file(const std::string& path);

/// The session that the samples are of began at 13:07:59.000123 UTC.
inline constexpr Nanoseconds kStart = 5'000'000'000;
inline constexpr std::int64_t kRealStart = 1'416'748'079'000'123'456;

/// Two probes, three sites: malloc's entry (both probes), parse+0x1c, and a place without a name.
const std::vector<SiteInfo>& sites();
StartEvent start_event();
HitEvent hit_event(std::size_t site, Nanoseconds after_start = 0);
/// parse+0x1c with a text that was cut, a negative number, and a stack of three frames.
HitEvent detailed_hit();
/// malloc(bytes=24), in 123 µs net.
ReturnEvent return_event();
std::vector<Argument> arguments();
std::vector<Frame> frames();
ThreadEvent thread_event(ThreadEvent::What what, ExitStatus exit = {});
ExitEvent exit_event(ExitStatus exit);
GapEvent gap_event(std::string reason);
Summary summary();
/// Not of a %return probe.
ProbeTally tally(std::string probe, std::uint64_t sites, std::uint64_t hits,
                 std::vector<FunctionTally> functions);
FunctionTally function_tally(std::string func, std::string module, std::uint64_t sites,
                             std::uint64_t hits);

/// One of everything, in a plausible order.
std::vector<Event> whole_run();

}  // namespace sidestep::output
