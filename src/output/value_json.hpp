// Values of the traced program in JSON. docs/output.md ("Values") is the contract.
#pragma once

#include <span>

#include "output/json_keys.hpp"
#include "output/json_line.hpp"
#include "sidestep/value.hpp"

namespace sidestep::output {

/// The value alone: behind a key, or as an element.
void write_value(JsonLine& line, const Value& value);

/// An object by the arguments' names, as `keys` makes them unique.
void write_arguments(JsonLine& line, std::string_view name, std::span<const Argument> arguments,
                     JsonKeys& keys);

}  // namespace sidestep::output
