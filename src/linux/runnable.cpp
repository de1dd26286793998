#include "linux/runnable.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

namespace sidestep::os {

std::optional<std::size_t> Runnable::count() {
  if (!tried_) file_ = UniqueFd(::open("/proc/loadavg", O_RDONLY | O_CLOEXEC));
  tried_ = true;
  std::array<char, 128> bytes;
  const ssize_t got = ::pread(file_.get(), bytes.data(), bytes.size(), 0);
  if (got <= 0) return std::nullopt;
  const std::string_view text(bytes.data(), static_cast<std::size_t>(got));
  const std::size_t slash = text.find('/');  // 0.20 0.18 0.12 1/80 11206
  if (slash == text.npos) return std::nullopt;
  const std::size_t from = text.rfind(' ', slash) + 1;
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data() + from, text.data() + slash, count);
  if (error != std::errc{} || end != text.data() + slash) return std::nullopt;
  return count;
}

}  // namespace sidestep::os
