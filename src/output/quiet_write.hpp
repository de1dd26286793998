// write(2) to the end: short writes, EINTR, a non-blocking terminal, and without ever raising
// SIGPIPE, whatever the process has it set to.
#pragma once

#include <string_view>

namespace sidestep::output {

/// 0, or the errno that ended it (EPIPE: nobody reads any more). May block.
int quiet_write(int fd, std::string_view bytes);

}  // namespace sidestep::output
