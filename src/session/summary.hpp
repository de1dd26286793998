// From the engine's account to the summary that users read.
#pragma once

#include <cstdint>

#include "core/engine.hpp"
#include "session/catalog.hpp"
#include "sidestep/events.hpp"
#include "sidestep/options.hpp"

namespace sidestep::session {

/// `lost`: events that were produced but could not be written.
Summary summarise(const SessionOptions& options, const core::Account& account,
                  const Catalog& catalog, std::uint64_t lost);

}  // namespace sidestep::session
