#include "linux/own_sequences.hpp"

#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sidestep::os {

/// Where it isn't registered, or the length is another one, the kernel refuses and nothing changes.
void do_without_restartable_sequences() {
  constexpr unsigned registered_bytes = 32;  // the C library's, whatever the kernel knows
  auto* area = static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset;
  ::syscall(SYS_rseq, area, registered_bytes, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

}  // namespace sidestep::os
