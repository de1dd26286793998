// A wait result in words, for --debug=wait.
#pragma once

#include <cstdint>
#include <string>

#include "core/stop.hpp"

namespace sidestep::os {

/// "status=0x00057f: stopped by SIGTRAP (breakpoint, step, or sent)". `message`: the event's
/// message.
std::string wait_text(const core::RawStop& stop, std::uint64_t message);

}  // namespace sidestep::os
