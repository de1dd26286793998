// What decides who may trace whom, apart from the two processes themselves: our capabilities, a
// filter on our own calls, Yama. `proc` is where /proc is read; tests put files of their own there.
#pragma once

#include <cstdint>
#include <string>

#include "sidestep/types.hpp"

namespace sidestep::os {

/// Yama's ptrace_scope; 0 also where the kernel has no Yama.
int yama_scope(const std::string& proc = "/proc");
/// Whether, by Yama, a tracer with CAP_SYS_PTRACE (`capable`) or without may attach to a process
/// that is not its child: "", or what forbids it and what to do.
std::string yama_on_attaching(int scope, bool capable);
/// The same for a program that it launches itself.
std::string yama_on_launching(int scope, bool capable);

/// Effective capabilities of this process, bit by number (linux/capability.h).
std::uint64_t capabilities(const std::string& proc = "/proc");
bool may_trace_all(const std::string& proc = "/proc");  ///< CAP_SYS_PTRACE

/// Whether a seccomp filter keeps this process from calling ptrace at all. Tries it, on nobody.
bool ptrace_is_filtered();

/// Whether the two live in different user namespaces, as far as can be told by one who may not look
/// at `other` closely.
bool in_other_user_namespace(Tid other);

}  // namespace sidestep::os
