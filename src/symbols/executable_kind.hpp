// What an executable file is, read from its first bytes: whether we can trace it, and if not, what
// it is instead. Reads the file, keeps nothing open.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sidestep/result.hpp"

namespace sidestep::symbols {

enum class ExecutableType { Fixed, PositionIndependent };  ///< ET_EXEC, ET_DYN

struct ExecutableInfo {
  std::string path;         ///< the ELF file that runs: the interpreter, for a #! script
  std::string interpreter;  ///< its PT_INTERP, "" if it has none
  ExecutableType type = ExecutableType::PositionIndependent;
  std::uint64_t entry_offset = 0;  ///< of the entry point, from the load base
  bool is_static = false;          ///< no PT_INTERP
};

/// Follows `#!` as execve does. Fails with NotRunnable (with NotFound if there is no such file),
/// and a one-line message that names what the file is, if this can't be run as an amd64 program.
Result<ExecutableInfo> inspect_executable(const std::string& path);

/// For a file that begins with `head` (64 bytes are enough): "" if it is amd64 ELF of type EXEC or
/// DYN, else what it is, to be read after "is": "a Mach-O file (macOS)".
std::string foreign_format(std::string_view head);

}  // namespace sidestep::symbols
