// Writing to standard output, to the end or with a message (a full disk).
#pragma once

#include <string_view>

#include "cli/ending.hpp"

namespace sidestep::cli {

/// 0, or kCannotTrace after a message; where the reader is gone, SIGPIPE, as every tool has it.
Ending print(std::string_view text);

}  // namespace sidestep::cli
