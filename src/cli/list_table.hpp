// What `sidestep list` prints. Pure.
#pragma once

#include <string>
#include <vector>

#include "sidestep/output_options.hpp"
#include "sidestep/session.hpp"

namespace sidestep::cli {

enum class Paint : unsigned char { Plain, Colored };

/// An aligned table, refused rows marked with a "!" in front (and red), a line that counts, and
/// what is to be said about the matches. Parameters have a column if any are known. Verbose: with
/// the instruction and the probe.
std::string list_table(const std::vector<ListRow>& rows, Verbosity verbosity, Paint paint);

}  // namespace sidestep::cli
