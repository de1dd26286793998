// One waitid(2), and what it said. A stop is read without being reaped (WNOWAIT): resuming needs no
// more, and if the tracer is killed meanwhile the kernel still delivers the SIGTRAP instead of
// silently letting the thread go on behind a breakpoint. The end of a thread is reaped at once.
// Only tracees of the calling thread are seen.
#pragma once

#include <optional>

#include "core/stop.hpp"

namespace sidestep::os {

enum class Patience : bool { None, Sleep };

struct Answer {
  std::optional<core::RawStop> stop;
  bool nobody_there = false;  ///< no tracee is left; or, asked for one, it is not ours any more
};

/// Any tracee: the newest one that has something to tell, as the kernel goes through them in that
/// order (kernel/exit.c, do_wait), which takes the longer the more there are. Sleeping ends without
/// a stop at a signal to us.
Answer ask_all(Patience patience);
/// One tracee; its cost does not depend on how many others there are.
Answer ask(Tid tid);
/// Takes a stop off the wait queue. Returns what it was in the end: killed since its stop was seen,
/// the thread may have gone on to its exit event, and then nobody will report that again.
std::optional<core::RawStop> reap(Tid tid);

}  // namespace sidestep::os
