// Implements core::Resolver with libelf and libdw. Keeps every file that it was asked about open
// and indexed until it is destroyed; a file that changed on disk is read anew.
#pragma once

#include <memory>

#include "core/resolver.hpp"

namespace sidestep::symbols {

std::unique_ptr<core::Resolver> make_resolver();

}  // namespace sidestep::symbols
