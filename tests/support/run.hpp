// Runs a program to its end and hands back everything it said. One call owns its child: the child
// gets a process group of its own, and when time is up that group is killed, by its id.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sidestep::test {

struct RunOptions {
  double timeout_s = 60;
  std::string input = {};                               // standard input; empty: /dev/null
  std::map<std::string, std::string> environment = {};  // added to ours
};

struct RunResult {
  int exit_code = -1;  // -1: died of a signal, or never started
  int signal = 0;
  bool timed_out = false;
  std::string out = {}, err = {};
  double seconds = 0;
};

// Finds argv[0] in PATH if it has no slash. Throws std::system_error when it cannot be started at
// all.
RunResult run(const std::vector<std::string>& argv, const RunOptions& options = {});

// build/bin/NAME, build/bin/tracee/NAME
std::string binary(const std::string& name);
std::string tracee(const std::string& name);

// The lines KEY=VALUE of a program's output.
std::map<std::string, std::string> key_values(const std::string& text);
// One of them as a number; nothing if it is missing or not a number.
std::optional<std::uint64_t> number(const std::string& text, const std::string& key);
// What a tracee says of itself, on either stream.
std::optional<std::uint64_t> arrivals(const RunResult& result);
// Exit status 0 and ok=1.
bool checks_held(const RunResult& result);

}  // namespace sidestep::test
