// The C library registers each thread of ours for restartable sequences (rseq(2)), for
// sched_getcpu(). The kernel pays for that at each switch to the thread.
#pragma once

namespace sidestep::os {

/// For the calling thread, for good: a tracing thread is switched to once a hit. sched_getcpu()
/// then takes another way.
void do_without_restartable_sequences();

}  // namespace sidestep::os
