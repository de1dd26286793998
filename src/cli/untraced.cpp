#include "cli/untraced.hpp"

#include <errno.h>
#include <fmt/format.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

namespace sidestep::cli {
namespace {

Error cannot_run(const std::string& name, int error) {
  if (error == ENOENT) {
    return {ErrorKind::NotFound,
            fmt::format("'{}': command not found; check its spelling and PATH", name)};
  }
  return {ErrorKind::NotRunnable, fmt::format("'{}' can't be executed: {}", name, strerror(error))};
}

ExitStatus exit_status(int status) {
  if (WIFSIGNALED(status)) return Signaled{WTERMSIG(status)};
  return Exited{WEXITSTATUS(status)};
}

}  // namespace

Result<UntracedRun> run_untraced(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);

  const auto start = std::chrono::steady_clock::now();
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (error != 0) return cannot_run(command[0], error);
  int status = 0;
  while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  return UntracedRun{taken.count(), exit_status(status)};
}

}  // namespace sidestep::cli
