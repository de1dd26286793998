// Strings that come from a tracee are bytes: thread names, symbols and arguments may hold anything.
// Here is what makes them fit for a terminal and for JSON. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace sidestep::output {

/// Well-formed UTF-8 as of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

/// Fit for a line of text: control characters and what is not UTF-8 become \n, \t, \x1b. A thread
/// may name itself with an escape sequence or a line feed; neither may reach the terminal.
std::string printable(std::string_view bytes);

/// The inside of a C literal between two `quote`s: \n, \", and octal numbers as strace has them,
/// `\33`, with three digits where another digit follows. UTF-8 stays as it is, C1 controls do not.
std::string c_escaped(std::string_view bytes, char quote);

}  // namespace sidestep::output
