// The pointers in a module's data that the dynamic linker fills in and that lead into the module
// itself. Pure after construction; what a broken file doesn't yield is absent.
#pragma once

#include <map>
#include <optional>

#include "symbols/elf_file.hpp"

namespace sidestep::symbols {

class Relocations {
 public:
  explicit Relocations(const ElfFile& file);
  std::optional<LinkAddress> pointer_at(LinkAddress slot) const;

 private:
  std::map<LinkAddress, LinkAddress> pointers_;  // by where they are kept
};

}  // namespace sidestep::symbols
