// What a probe wants to see at one location, compiled (core/observation.hpp). For
// Resolver::compile.
#pragma once

#include <string>

#include "core/observation.hpp"
#include "core/resolver.hpp"
#include "sidestep/result.hpp"
#include "symbols/function_scope.hpp"
#include "symbols/module_file.hpp"

namespace sidestep::symbols {

/// `request` says where; `function` what it is called in messages. A Usage error says what can't be
/// meant there; a value that merely isn't there is shown as unavailable.
Result<core::Observation> compile_observation(ModuleFile& module, const ScopeRequest& request,
                                              const std::string& function, bool is_go,
                                              const core::ProbeSpec& probe,
                                              const core::CaptureLimits& limits);

}  // namespace sidestep::symbols
