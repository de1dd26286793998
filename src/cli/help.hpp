// The texts of --help and --version. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sidestep::cli {

/// One screen, at most 80 columns wide.
std::string_view help_text();

/// "sidestep 0.1.0" and a line feed.
std::string version_text();

}  // namespace sidestep::cli
