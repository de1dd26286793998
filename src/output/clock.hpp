// Timestamps of text lines, spelled as strace spells them. Keeps the last second's text, since
// localtime_r and formatting it anew for every line would cost more than the rest of the line.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

#include "sidestep/events.hpp"
#include "sidestep/output_options.hpp"

namespace sidestep::output {

class Clock {
 public:
  Clock(Timestamps absolute, RelativeTime relative) : absolute_(absolute), relative_(relative) {}

  /// The wall clock read `realtime_ns` when the monotonic one read `monotonic`.
  void set(Nanoseconds monotonic, std::int64_t realtime_ns) { offset_ = realtime_ns - monotonic; }

  bool shows_anything() const {
    return absolute_ != Timestamps::None || relative_ == RelativeTime::On;
  }

  /// Appends the time of an event and a space; nothing if no time is wanted.
  void append(fmt::memory_buffer& out, Nanoseconds monotonic);

 private:
  void append_absolute(fmt::memory_buffer& out, std::int64_t realtime_ns);
  void append_relative(fmt::memory_buffer& out, Nanoseconds monotonic);

  Timestamps absolute_;
  RelativeTime relative_;
  std::int64_t offset_ = 0;
  std::optional<Nanoseconds> previous_;
  std::optional<std::int64_t> second_;  ///< the one that second_text_ is of
  std::string second_text_;
};

}  // namespace sidestep::output
