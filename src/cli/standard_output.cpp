#include "cli/standard_output.hpp"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include <cstdio>
#include <string>

namespace sidestep::cli {

Ending print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return {};
  if (errno == EPIPE) return {.code = 128 + SIGPIPE, .signal = SIGPIPE};
  complain(std::string("cannot write to standard output: ") + strerror(errno));
  return {.code = kCannotTrace};
}

}  // namespace sidestep::cli
