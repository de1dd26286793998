// What every tracee is seized with, launched or attached.
#pragma once

#include <sys/ptrace.h>

namespace sidestep::os {

constexpr long followed = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                          PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
                          PTRACE_O_TRACESYSGOOD;

}  // namespace sidestep::os
