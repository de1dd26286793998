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
  Pid process, parent;
  std::uint64_t pending = 0, blocked = 0, ignored = 0, caught = 0;  ///< signal masks, bit signo-1
};
std::optional<Status> status(Tid tid);

/// Number of the system call the thread is blocked in; nullopt: it runs, or is stopped elsewhere.
std::optional<long> blocked_in_call(Tid tid);    ///< /proc/TID/syscall
std::optional<std::uint64_t> cpu_time(Tid tid);  ///< /proc/TID/schedstat, ns
bool exists(Tid tid);

/// The whole of a small /proc file; "" if it can't be read.
std::string slurp(const std::string& path);

}  // namespace sidestep::os::proc
