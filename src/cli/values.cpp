#include "cli/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sidestep::cli {
namespace {

constexpr Choice<double> kUnits[] = {
    {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9},
};
/// Some 146 years: well inside what std::chrono::nanoseconds can hold.
constexpr double kLongest = 4.6e18;

}  // namespace

Error usage(std::string message) {
  return {ErrorKind::Usage, std::move(message)};
}

Result<std::uint64_t> parse_count(std::string_view option, std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && end == text.data() + text.size() && count > 0) return count;
  return usage(fmt::format("{}: '{}' is not a number from 1 up", option, text));
}

Result<std::uint32_t> parse_size(std::string_view option, std::string_view text,
                                 std::uint32_t least, std::uint32_t most) {
  std::uint32_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && size >= least && size <= most) return size;
  return usage(fmt::format("{}: '{}' is not a number from {} to {}", option, text, least, most));
}

Result<std::chrono::nanoseconds> parse_duration(std::string_view option, std::string_view text) {
  double number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number, std::chars_format::fixed);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  const auto* known = std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](const auto& one) { return one.name == unit; });
  const Error bad = usage(fmt::format(
      "{}: '{}' is not a duration: a number and its unit (ns, us, ms, s, m, h), as in 10ms or 1.5s",
      option, text));
  if (error != std::errc() || known == std::end(kUnits)) return bad;
  const double total = number * known->value;
  if (!(total >= 1 && total <= kLongest)) return bad;  // also for what is not a number
  return std::chrono::nanoseconds(std::llround(total));
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> pieces;
  while (true) {
    const auto comma = text.find(',');
    pieces.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return pieces;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace sidestep::cli
