#include "output/quiet_write.hpp"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

namespace sidestep::output {
namespace {

/// Keeps SIGPIPE from this thread. write(2) sends it to the calling thread; while it is blocked it
/// is queued even where it is ignored, so it has to be taken out again before unblocking.
class SigpipeHeldOff {
 public:
  SigpipeHeldOff() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  SigpipeHeldOff(const SigpipeHeldOff&) = delete;
  SigpipeHeldOff& operator=(const SigpipeHeldOff&) = delete;
  ~SigpipeHeldOff() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  void swallow() {
    const timespec now{};
    while (sigtimedwait(&sigpipe_, nullptr, &now) == -1 && errno == EINTR) {
    }
  }

 private:
  sigset_t sigpipe_, before_;
};

int write_to_end(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      // Somebody made the open file non-blocking, as some shells' children do to a terminal.
      pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
      ::poll(&waiting, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

int quiet_write(int fd, std::string_view bytes) {
  SigpipeHeldOff held_off;
  const int error = write_to_end(fd, bytes);
  if (error == EPIPE) held_off.swallow();
  return error;
}

}  // namespace sidestep::output
