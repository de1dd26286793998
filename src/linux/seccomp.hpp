// Whether a thread's seccomp filters let a system call through: asked before a thread is made to
// run one for us, as the answer may be to kill the program.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <span>

#include "core/architecture.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

/// Runs one filter (classic BPF, as seccomp(2) restricts it); its verdict, SECCOMP_RET_*. Anything
/// that is not understood counts as a kill. Pure.
std::uint32_t run_filter(std::span<const sock_filter> program, const seccomp_data& data);

/// For a thread in a ptrace stop. `insn`: where the call would be made. False also if the filters
/// can't be read (that takes CAP_SYS_ADMIN).
bool seccomp_allows(Tid tid, const core::RemoteCall& call, Address insn);

}  // namespace sidestep::os
