// What /proc tells of a thread. Every function may be called for a thread that has just died: the
// answer is then empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/kernel.hpp"

namespace sidestep::os::proc {

std::vector<core::Mapping> mappings(Tid tid);  ///< /proc/TID/maps
std::string executable(Tid tid);               ///< /proc/TID/exe
core::Kernel::Startup startup(Tid tid);        ///< /proc/TID/auxv

/// Fields of /proc/TID/status.
struct Status {
  Pid process, parent, tracer;  ///< tracer: who traces it (a thread id), 0 nobody
  unsigned user = 0;            ///< real user id
  std::uint64_t permitted = 0;  ///< capabilities, bit by number
  unsigned threads = 0;
  char state = '?';                                                 ///< R, S, D, T, t, Z, X, ...
  bool kernel = false;                                              ///< a kernel thread
  bool filtered = false;                                            ///< under a seccomp filter
  std::uint64_t pending = 0, blocked = 0, ignored = 0, caught = 0;  ///< signal masks, bit signo-1
};
std::optional<Status> status(Tid tid);

/// Number of the system call the thread is blocked in; nullopt: it runs, or is stopped elsewhere.
std::optional<long> blocked_in_call(Tid tid);    ///< /proc/TID/syscall
std::optional<std::uint64_t> cpu_time(Tid tid);  ///< /proc/TID/schedstat, ns
std::optional<int> processor(Tid tid);           ///< the one it last ran on
bool exists(Tid tid);
/// One listing of /proc/PID/task. It can miss threads that live throughout, if others die under it.
std::vector<Tid> tasks(Pid pid);
/// Processes started by any thread of this one, and still alive.
std::vector<Pid> children(Pid pid);
/// The command line of a process; empty for kernel threads and zombies.
std::vector<std::string> command_line(Pid pid);
std::string comm(Tid tid);
/// A path at which the mapped file can be opened here, whatever mount namespace the process is in
/// and whether or not the file still has its name.
std::string file_of(Tid tid, const core::Mapping& mapping);

/// The whole of a small /proc file; "" if it can't be read.
std::string slurp(const std::string& path);

}  // namespace sidestep::os::proc
