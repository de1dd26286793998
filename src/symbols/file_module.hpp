// An ELF file as if it were mapped at its link addresses: lets everything that works on modules
// work on a file that nobody runs (`sidestep list FILE`).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/resolver.hpp"
#include "sidestep/result.hpp"

namespace sidestep::symbols {

/// One mapping for each loadable segment. Fails (Setup) for what is not readable amd64 ELF.
Result<core::Module> file_module(const std::string& path);

/// The file's bytes at a link address of such a module; shorter where the segment ends.
std::vector<std::uint8_t> file_bytes(const core::Module& module, Address from, std::size_t count);

}  // namespace sidestep::symbols
