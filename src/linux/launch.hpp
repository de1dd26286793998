// Starting a program under ptrace: forked, seized before its exec, in our process group, with our
// environment and streams as they are.
#pragma once

#include <string>
#include <vector>

#include "sidestep/result.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

enum class OnTracerExit { Detach, Kill };

/// Where the command would be found (execvp's rules): NotFound (127) or NotRunnable (126)
/// otherwise.
Result<std::string> find_command(const std::string& name);

/// Called on the tracing thread, whose tracee the child becomes. On success the child is seized and
/// on its way to exec: its next stops are reported by wait. A failing exec is reported here.
Result<Tid> launch(const std::string& path, const std::vector<std::string>& command,
                   OnTracerExit on_exit);

/// What keeps us from tracing a child, where ptrace says only `error`. `proc` as in obstacles.hpp.
std::string why_no_child(int error, const std::string& proc = "/proc");

}  // namespace sidestep::os
