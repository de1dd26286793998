#include "linux/launch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "linux/obstacles.hpp"
#include "linux/ptrace_options.hpp"
#include "linux/unique_fd.hpp"

namespace sidestep::os {
namespace {

Error not_runnable(const std::string& name, int error) {
  return {ErrorKind::NotRunnable, name + ": cannot execute: " + std::strerror(error)};
}

bool is_file(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode);
}

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return Error{ErrorKind::Setup, std::string("cannot make a pipe: ") + std::strerror(errno)};
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// The child's side: waits until it is seized, then becomes the program.
[[noreturn]] void become(const char* path, char* const* argv, int go, int failed) {
  char byte = 0;
  while (::read(go, &byte, 1) < 0 && errno == EINTR) {
  }
  if (byte) ::execv(path, argv);
  const int error = errno;
  [[maybe_unused]] const ssize_t n = ::write(failed, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

Result<std::string> find_command(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (::access(name.c_str(), F_OK) != 0)
      return Error{ErrorKind::NotFound, name + ": " + std::strerror(errno)};
    if (!is_file(name)) return not_runnable(name, EACCES);
    if (::access(name.c_str(), X_OK) != 0) return not_runnable(name, errno);
    return name;
  }
  const char* path = std::getenv("PATH");
  std::string rest = path ? path : "/bin:/usr/bin";
  bool denied = false;
  while (true) {
    const std::size_t colon = rest.find(':');
    const std::string directory = rest.substr(0, colon);
    const std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
    if (is_file(candidate)) {
      if (::access(candidate.c_str(), X_OK) == 0) return candidate;
      denied = true;
    }
    if (colon == std::string::npos) break;
    rest.erase(0, colon + 1);
  }
  if (denied) return not_runnable(name, EACCES);
  return Error{ErrorKind::NotFound, name + ": command not found"};
}

std::string why_no_child(int error, const std::string& proc) {
  const std::string text =
      std::string("a child of our own can't be traced (PTRACE_SEIZE): ") + std::strerror(error);
  const std::string yama = yama_on_launching(yama_scope(proc), may_trace_all(proc));
  if (!yama.empty()) return text + "; " + yama;
  return text +
         "; a seccomp filter, as containers have, is in the way: allow ptrace (docker: --cap-add "
         "SYS_PTRACE)";
}

Result<Tid> launch(const std::string& path, const std::vector<std::string>& command,
                   OnTracerExit on_exit) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  auto go = make_pipe(), failed = make_pipe();
  if (!go) return go.error();
  if (!failed) return failed.error();

  const pid_t child = ::fork();
  if (child < 0)
    return Error{ErrorKind::Setup, std::string("cannot fork: ") + std::strerror(errno)};
  if (child == 0) {
    go->write.reset();
    become(path.c_str(), argv.data(), go->read.get(), failed->write.get());
  }
  failed->write.reset();
  const long options = followed | (on_exit == OnTracerExit::Kill ? PTRACE_O_EXITKILL : 0);
  if (::ptrace(PTRACE_SEIZE, child, nullptr, options) != 0) {
    const int error = errno;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    return Error{ErrorKind::Setup, why_no_child(error)};
  }
  const char byte = 1;
  [[maybe_unused]] const ssize_t n = ::write(go->write.get(), &byte, 1);
  // The pipe closes at a successful exec, before its event is reported.
  int error = 0;
  if (::read(failed->read.get(), &error, sizeof error) <= 0) return Tid{child};
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, __WALL);
  return not_runnable(command.front(), error);
}

}  // namespace sidestep::os
