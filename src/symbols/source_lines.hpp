// From an address to its source line, through the line tables of the debug information. Owns an
// index of compilation units by address, made at the first question; borrows the ElfFile.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <string>
#include <vector>

#include "symbols/elf_file.hpp"

namespace sidestep::symbols {

struct SourceLine {
  std::string file;  ///< "" unknown
  std::uint32_t line = 0;
};

class SourceLines {
 public:
  explicit SourceLines(const ElfFile& file) : file_(file) {}
  /// For a function's entry that is the line where the function opens, also if its first statement
  /// has no code of its own before it.
  SourceLine at(LinkAddress address);

 private:
  struct Unit {
    LinkAddress begin = 0, end = 0;
    Dwarf_Die die{};
  };
  void index();
  static Dwarf_Line* line_at(Dwarf_Die& unit, Dwarf_Addr address);

  const ElfFile& file_;
  bool indexed_ = false;
  std::vector<Unit> units_;  ///< ascending by begin; in the addresses of the debug information
};

}  // namespace sidestep::symbols
