// An ELF file as if it were mapped at its link addresses: lets everything that works on modules
// work on a file that nobody runs (`sidestep list FILE`).
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "core/resolver.hpp"
#include "sidestep/result.hpp"

namespace sidestep::symbols {

/// One mapping for each loadable segment. Fails (Setup) for what is not readable amd64 ELF.
Result<core::Module> file_module(const std::string& path);

/// The file's bytes at addresses of such a module, or of one that is mapped in a process; shorter
/// where the segment ends. Keeps the file open; `module` must outlive it.
class FileReader {
 public:
  explicit FileReader(const core::Module& module)
      : module_(module), file_(module.file, std::ios::binary) {}
  std::vector<std::uint8_t> bytes(AddressRange range);

 private:
  const core::Module& module_;
  std::ifstream file_;
};

}  // namespace sidestep::symbols
