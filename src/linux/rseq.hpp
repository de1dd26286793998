// Restartable sequences (rseq(2)): is a thread inside one?
#pragma once

#include "linux/memory.hpp"
#include "sidestep/types.hpp"

namespace sidestep::os {

/// For a stopped thread: it has announced a sequence that covers `at`. Two system calls where it
/// has announced none, three otherwise.
bool in_restartable_sequence(Tid tid, Address at, Memory& memory);

}  // namespace sidestep::os
