// Values of the traced program as a line of text shows them, in strace's manner. Pure functions.
//
//   -1  1.5  true  'a'  "GET /\r\n"  "a long on"...  RED  0x7f0000001000  NULL
//   0x55550000113c <handler>  {x=1, y=2}  [1, 2, 3, ...]  <optimised out>
//
// Nothing that a terminal would obey comes out of here.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string_view>

#include "sidestep/value.hpp"

namespace sidestep::output {

void append_value(fmt::memory_buffer& out, const Value& value);

/// `a=1, b=2`, without parentheses. A value without a name stands by itself.
void append_arguments(fmt::memory_buffer& out, std::span<const Argument> arguments);

}  // namespace sidestep::output
