// Several probe texts at once; the first bad one is the error.
#pragma once

#include <string>
#include <vector>

#include "core/resolver.hpp"
#include "sidestep/result.hpp"

namespace sidestep::session {

Result<std::vector<core::ProbeSpec>> parse_probes(const std::vector<std::string>& texts);

/// Of -X: places alone, nothing to be seen or checked there.
Result<std::vector<core::ProbeSpec>> parse_excluded(const std::vector<std::string>& texts);

}  // namespace sidestep::session
