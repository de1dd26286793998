// Probe forms that product.md has and this version has not yet: recognized, so that they are
// refused by name and never taken for the name of a function.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sidestep::symbols {

/// Why the probe can't be taken and what to try, or nothing if it is none of those forms.
std::optional<std::string> unsupported_form(std::string_view probe);

/// Fit for one line of a message: control characters as \xNN, at most 200 bytes.
std::string printable(std::string_view text);

}  // namespace sidestep::symbols
