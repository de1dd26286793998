#include "session/doorbell.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace sidestep::session {

Doorbell::Doorbell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Doorbell::ring() noexcept {
  const int saved = errno;  // we may be in a signal handler
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(fd_.get(), &one, sizeof one);
  errno = saved;
}

void Doorbell::wait(std::optional<std::chrono::nanoseconds> at_most) {
  pollfd p{fd_.get(), POLLIN, 0};
  timespec limit{};
  if (at_most) {
    const auto ns = std::max<std::int64_t>(at_most->count(), 0);
    limit = {ns / 1'000'000'000, ns % 1'000'000'000};
  }
  ::ppoll(&p, 1, at_most ? &limit : nullptr, nullptr);
  std::uint64_t rings = 0;
  [[maybe_unused]] const ssize_t n = ::read(fd_.get(), &rings, sizeof rings);
}

}  // namespace sidestep::session
