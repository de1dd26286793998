// Where control goes from one instruction, for those who look for instruction boundaries. Pure,
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/architecture.hpp"

namespace sidestep::amd64 {

/// Of the instruction at the start of `code`; nullopt: undecodable or cut off.
std::optional<core::Flow> flow(std::span<const std::uint8_t> code, Address at);

}  // namespace sidestep::amd64
