// Attaching to running processes: every thread is seized, none is stopped (engine.md, Attach).
#pragma once

#include <string>
#include <vector>

#include "sidestep/result.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

/// The process that `id`, a process or thread id, stands for, if it is one that can be attached to
/// as far as can be seen before trying. Errors: Usage for our own process, else Setup; they name
/// the cause.
Result<Pid> find_target(int id);

/// False: not there, or not for us to look at.
bool is_readable(const std::string& path);

/// Seizes all threads; those born meanwhile are attached by the kernel and show themselves by their
/// first stop. To be called on the tracing thread, before any trap is written. On an error some
/// threads may have been seized; the end of the calling thread lets them go.
Result<std::vector<Tid>> seize_all(Pid pid);

/// What stands in the way of tracing a thread, where ptrace says only `error` (an errno value).
/// `proc`: where our own rights and Yama's scope are read.
Error why_not(Tid tid, int error, const std::string& proc = "/proc");

}  // namespace sidestep::os
