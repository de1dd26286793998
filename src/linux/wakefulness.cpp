#include "linux/wakefulness.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

#include "linux/unique_fd.hpp"

namespace sidestep::os {
namespace {

/// In force for as long as the file is open.
UniqueFd request_no_latency() {
  UniqueFd device(::open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC));
  const std::int32_t microseconds = 0;
  if (device.get() >= 0 && ::write(device.get(), &microseconds, sizeof microseconds) < 0) return {};
  return device;
}

void sleep_a_little() {
  constexpr timespec moment{0, 1'000'000};
  ::nanosleep(&moment, nullptr);
}

}  // namespace

void Wakefulness::watch() const {
  const UniqueFd request = request_no_latency();
  while (vigil_.is_wanted()) sleep_a_little();
}

}  // namespace sidestep::os
