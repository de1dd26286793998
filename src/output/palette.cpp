#include "output/palette.hpp"

#include <cstdlib>

#include "output/destination.hpp"

namespace sidestep::output {
namespace {

constexpr Palette kPlain{};
constexpr Palette kColored{
    .prefix = "\x1b[36m",
    .time = "\x1b[2m",
    .site = "\x1b[1m",
    .notice = "\x1b[33m",
    .ending = "\x1b[35m",
    .reset = "\x1b[0m",
};

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

Palette choose_palette(Color color, const Destination& destination) {
  switch (color) {
    case Color::Always:
      return kColored;
    case Color::Never:
      return kPlain;
    case Color::Auto:
      break;
  }
  const bool wanted = environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  return wanted && destination.is_terminal() ? kColored : kPlain;
}

}  // namespace sidestep::output
