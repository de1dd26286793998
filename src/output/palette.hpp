// The escape sequences of a coloured line, or nothing at all: whoever writes a line always writes
// these, and needs no test for colour.
#pragma once

#include <string_view>

#include "sidestep/output_options.hpp"

namespace sidestep::output {

class Destination;

struct Palette {
  std::string_view prefix, time, site, notice, ending, reset;
};

/// Auto: colours where `destination` is a terminal, TERM is not "dumb", and NO_COLOR (no-color.org)
/// is unset or empty. Always and Never override all of these.
Palette choose_palette(Color color, const Destination& destination);

}  // namespace sidestep::output
