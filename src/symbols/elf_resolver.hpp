// Implements core::Resolver with libelf and libdw. Keeps every file that it was asked about open
// and indexed until it is destroyed; a file that changed on disk is read anew.
#pragma once

#include <memory>

#include "core/resolver.hpp"

namespace sidestep::symbols {

/// Debug files that are not on this machine are fetched from the servers of $DEBUGINFOD_URLS only
/// with Debuginfod::On: then the first question about a module may take minutes.
enum class Debuginfod { Off, On };

std::unique_ptr<core::Resolver> make_resolver(Debuginfod debuginfod = Debuginfod::Off);

}  // namespace sidestep::symbols
