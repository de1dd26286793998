// The reader of -o '|CMD': a shell command with a pipe to its standard input.
//
// Ownership: one owner, move-only; the destructor closes the pipe and waits for the command.
// Can fail: starting (no more processes, no /bin/sh); ending (killed, or never ran).
#pragma once

#include <sys/types.h>

#include <string>

#include "output/owned_fd.hpp"
#include "sidestep/result.hpp"

namespace sidestep::output {

class CommandPipe {
 public:
  /// Runs `command` by /bin/sh -c. It gets SIGPIPE's default action and an empty signal mask, and
  /// it ignores SIGINT: the terminal's Ctrl-C ends the tracing, and the command is to read what
  /// comes out of that.
  static Result<CommandPipe> start(const std::string& command);

  CommandPipe() = default;
  CommandPipe(CommandPipe&& other) noexcept;
  CommandPipe& operator=(CommandPipe&& other) noexcept;
  ~CommandPipe();

  explicit operator bool() const { return pid_ > 0; }
  int fd() const { return input_.get(); }

  /// Ends its input and waits for it: the status as of waitpid(2), or 0 where somebody else in this
  /// process has reaped it.
  int finish();

 private:
  pid_t pid_ = -1;
  OwnedFd input_;
};

}  // namespace sidestep::output
