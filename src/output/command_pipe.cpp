#include "output/command_pipe.hpp"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include <utility>

namespace sidestep::output {
namespace {

/// Ignored signals stay ignored through an exec, and posix_spawn can only set them to default.
class SigintIgnored {
 public:
  SigintIgnored() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGINT, &ignore, &before_);
  }
  SigintIgnored(const SigintIgnored&) = delete;
  SigintIgnored& operator=(const SigintIgnored&) = delete;
  ~SigintIgnored() { sigaction(SIGINT, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

class SpawnPlan {
 public:
  explicit SpawnPlan(int standard_input) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, standard_input, STDIN_FILENO);
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  /// 0, or an errno.
  int run(pid_t& pid, const std::string& command) {
    std::string shell = "sh", option = "-c", text = command;
    char* arguments[] = {shell.data(), option.data(), text.data(), nullptr};
    const SigintIgnored ignored;
    return posix_spawn(&pid, "/bin/sh", &actions_, &attributes_, arguments, environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

Error cannot_start(const std::string& command, int error) {
  return {ErrorKind::Setup,
          fmt::format("cannot start the command of -o '|{}': {}", command, strerror(error))};
}

/// Out of the standard streams' way: a closed one would have its number given to our pipe.
OwnedFd above_standard_streams(int fd) {
  OwnedFd original(fd);
  if (fd > STDERR_FILENO) return original;
  return OwnedFd(fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

}  // namespace

Result<CommandPipe> CommandPipe::start(const std::string& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return cannot_start(command, errno);
  const OwnedFd reading = above_standard_streams(ends[0]);
  CommandPipe pipe;
  pipe.input_ = above_standard_streams(ends[1]);
  const int error = SpawnPlan(reading.get()).run(pipe.pid_, command);
  if (error != 0) {
    pipe.pid_ = -1;
    return cannot_start(command, error);
  }
  return pipe;
}

CommandPipe::CommandPipe(CommandPipe&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), input_(std::move(other.input_)) {}

CommandPipe& CommandPipe::operator=(CommandPipe&& other) noexcept {
  std::swap(pid_, other.pid_);
  input_ = std::move(other.input_);
  return *this;
}

CommandPipe::~CommandPipe() {
  finish();
}

int CommandPipe::finish() {
  input_ = OwnedFd();
  if (pid_ <= 0) return 0;
  const pid_t pid = std::exchange(pid_, -1);
  int status = 0;
  pid_t ended = 0;
  do {
    ended = waitpid(pid, &status, 0);
  } while (ended == -1 && errno == EINTR);
  return ended == pid ? status : 0;
}

}  // namespace sidestep::output
