#include "output/destination.hpp"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "output/bytes.hpp"
#include "output/names.hpp"
#include "output/quiet_write.hpp"

namespace sidestep::output {
namespace {

/// What to try, for an errno of open(2) or write(2).
std::string_view advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; make room, or write elsewhere with -o";
    case EPIPE:
      return ": its reader is gone; let it read to the end";
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
      return "; give -o a file that you may write";
    default:
      return "";
  }
}

std::string write_failed(const std::string& name, int error) {
  if (error == EPIPE) return fmt::format("cannot write to {}{}", name, advice(error));
  return fmt::format("cannot write to {}: {}{}", name, strerror(error), advice(error));
}

Result<OwnedFd> open_file(const std::string& path) {
  OwnedFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  // A closed standard stream would have its number given to our file.
  if (file && file.get() <= STDERR_FILENO) {
    file = OwnedFd(fcntl(file.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }
  if (file) return file;
  const int error = errno;
  return Error{ErrorKind::Setup, fmt::format("cannot open '{}' for -o: {}{}", printable(path),
                                             strerror(error), advice(error))};
}

}  // namespace

std::unique_ptr<Destination> Destination::standard_error() {
  std::unique_ptr<Destination> destination(new Destination);
  destination->name_ = "standard error";
  return destination;
}

Result<std::unique_ptr<Destination>> Destination::open(const std::string& target) {
  if (target.empty()) return standard_error();
  std::unique_ptr<Destination> destination(new Destination);
  if (target.front() == '|') {
    destination->name_ = fmt::format("-o '{}'", printable(target));
    auto command = CommandPipe::start(target.substr(1));
    if (!command) return std::move(command).error();
    destination->command_ = *std::move(command);
  } else {
    destination->name_ = fmt::format("'{}'", printable(target));
    auto file = open_file(target);
    if (!file) return std::move(file).error();
    destination->file_ = *std::move(file);
  }
  return destination;
}

int Destination::fd() const {
  return command_ ? command_.fd() : file_ ? file_.get() : STDERR_FILENO;
}

bool Destination::is_terminal() const {
  return ::isatty(fd()) == 1;
}

void Destination::append(std::string_view text) {
  buffer_.append(text.data(), text.data() + text.size());
  line_done();
}

void Destination::drain() {
  if (!error_ && buffer_.size() > 0) {
    const int error = quiet_write(fd(), {buffer_.data(), buffer_.size()});
    if (error != 0) fail(write_failed(name_, error));
  }
  buffer_.clear();
}

void Destination::fail(std::string message) {
  if (!error_) error_ = Error{ErrorKind::Setup, std::move(message)};
}

Result<void> Destination::flush() {
  drain();
  if (error_) return *error_;
  return {};
}

Result<void> Destination::close() {
  drain();
  if (command_) close_command();
  if (file_) close_file();
  if (error_) return *error_;
  return {};
}

void Destination::close_file() {
  // Network file systems and quotas report a failed write only here. After EINTR the descriptor is
  // gone all the same (close(2)).
  if (::close(file_.release()) != 0 && errno != EINTR) fail(write_failed(name_, errno));
}

void Destination::close_command() {
  const int status = command_.finish();
  if (WIFSIGNALED(status)) {
    fail(fmt::format("the command of {} was killed by {}; what it had read may be lost", name_,
                     signal_name(WTERMSIG(status))));
  } else if (WIFEXITED(status) && (WEXITSTATUS(status) == 126 || WEXITSTATUS(status) == 127)) {
    // The shell's own statuses for a command that can't be executed or isn't there.
    fail(
        fmt::format("the command of {} could not be run (status {}); check its name and its "
                    "permissions",
                    name_, WEXITSTATUS(status)));
  } else if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    notice_ = fmt::format("the command of {} exited with {}", name_, WEXITSTATUS(status));
  }
}

}  // namespace sidestep::output
