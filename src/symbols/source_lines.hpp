// From an address to its source line, through the line tables of the debug information. Borrows the
// ElfFile and the index of its units.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <string>

#include "symbols/elf_file.hpp"
#include "symbols/unit_index.hpp"

namespace sidestep::symbols {

struct SourceLine {
  std::string file;  ///< "" unknown
  std::uint32_t line = 0;
};

class SourceLines {
 public:
  SourceLines(const ElfFile& file, UnitIndex& units) : file_(file), units_(units) {}
  /// For a function's entry that is the line where the function opens, also if its first statement
  /// has no code of its own before it.
  SourceLine at(LinkAddress address);

 private:
  static Dwarf_Line* line_at(Dwarf_Die& unit, Dwarf_Addr address);

  const ElfFile& file_;
  UnitIndex& units_;
};

}  // namespace sidestep::symbols
