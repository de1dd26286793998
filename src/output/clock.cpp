#include "output/clock.hpp"

#include <fmt/compile.h>
#include <time.h>

#include <algorithm>
#include <iterator>

namespace sidestep::output {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string local_time(std::int64_t second) {
  const time_t when = second;
  tm local{};
  localtime_r(&when, &local);
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

}  // namespace

void Clock::append(fmt::memory_buffer& out, Nanoseconds monotonic) {
  if (absolute_ != Timestamps::None) append_absolute(out, offset_ + monotonic);
  if (relative_ == RelativeTime::On) append_relative(out, monotonic);
}

void Clock::append_absolute(fmt::memory_buffer& out, std::int64_t realtime_ns) {
  const std::int64_t second = realtime_ns / kSecond;
  if (second_ != second) {
    second_text_ = absolute_ == Timestamps::Epoch ? fmt::to_string(second) : local_time(second);
    second_ = second;
  }
  out.append(second_text_);
  if (absolute_ != Timestamps::Seconds) {
    fmt::format_to(std::back_inserter(out), FMT_COMPILE(".{:06}"), realtime_ns % kSecond / 1000);
  }
  out.push_back(' ');
}

void Clock::append_relative(fmt::memory_buffer& out, Nanoseconds monotonic) {
  // Threads' events can be taken from the queue a little out of order: never negative.
  const Nanoseconds since = std::max<Nanoseconds>(0, monotonic - previous_.value_or(monotonic));
  previous_ = monotonic;
  const bool beside_absolute = absolute_ != Timestamps::None;
  if (beside_absolute) out.append(std::string_view("(+"));
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{:6}.{:06}"), since / kSecond,
                 since % kSecond / 1000);
  out.append(std::string_view(beside_absolute ? ") " : " "));
}

}  // namespace sidestep::output
