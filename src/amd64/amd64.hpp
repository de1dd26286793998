// The amd64 spoke: decoding, relocation and registers of 64-bit Linux programs.
// Everything else in this folder is private to it.
#pragma once

#include <memory>

#include "core/architecture.hpp"

namespace sidestep::amd64 {

/// Stateless and thread-safe; never null. `core::Registers` holds a `struct user_regs_struct`.
std::unique_ptr<core::Architecture> make_architecture();

}  // namespace sidestep::amd64
