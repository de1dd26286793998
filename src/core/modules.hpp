// From /proc/PID/maps to modules: which files are mapped as code, and where their load base is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/resolver.hpp"
#include "core/site.hpp"

namespace sidestep::core {

/// What is behind an address of a mapping.
inline Backing backing_of(const Mapping& mapping, Address address) {
  if (!mapping.inode) return {};
  return {mapping.device, mapping.inode,
          mapping.file_offset + (address.value - mapping.range.begin.value)};
}

/// Path of a module that is code without a file (see Arming::add_bare_code).
inline constexpr const char* bare_code = "[anonymous]";

/// `executable`: path of the process's executable as its mappings name it. A file that is mapped
/// twice (dlmopen) gives two modules. Mappings without a file are not modules.
std::vector<Module> modules_from(std::span<const Mapping> mappings, const std::string& executable);

}  // namespace sidestep::core
