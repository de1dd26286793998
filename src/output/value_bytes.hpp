// What the forms of a value have in common before they are spelled as text or JSON. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "sidestep/value.hpp"

namespace sidestep::output {

/// A character in memory's encoding of text: one byte as it is, a wider one in UTF-8. What is no
/// character at all becomes U+FFFD.
std::string character_bytes(const Value::Character& character);

/// The text's bytes. Where it was cut in the middle of a UTF-8 sequence, without that beginning.
std::string_view shown_bytes(const Value::Text& text);

/// `0x0123...` without leading zeros; `0x0` for none.
std::string hex_number(const Value::Bits& bits);

}  // namespace sidestep::output
