// Implements core::Unwinder with the call frame information of the mapped files, as libdw reads it.
// Where there is none (JIT, hand-written assembly) a frame pointer is followed if what it leads to
// is plausible. No names, no lines: that is the output side's. amd64 only, like the rest here.
//
// Files are opened when the first frame in them is met, never earlier: a process may map a
// thousand. Nothing fails: a stack that can't be followed further ends.
#pragma once

#include <memory>

#include "core/unwinder.hpp"

namespace sidestep::symbols {

std::unique_ptr<core::Unwinder> make_unwinder();

}  // namespace sidestep::symbols
