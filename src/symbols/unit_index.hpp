// Compilation units by address. Owns an index that is made at the first question which
// .debug_aranges can't answer; borrows the ElfFile. Nothing fails.
#pragma once

#include <elfutils/libdw.h>

#include <vector>

#include "symbols/elf_file.hpp"

namespace sidestep::symbols {

class UnitIndex {
 public:
  explicit UnitIndex(const ElfFile& file) : file_(file) {}
  /// The units that say the address is theirs, the likeliest first. `address` is one of the debug
  /// information's own (a link address less DebugInfo::bias).
  std::vector<Dwarf_Die> at(Dwarf_Addr address);

 private:
  struct Unit {
    Dwarf_Addr begin = 0, end = 0;
    Dwarf_Die die{};
  };
  void index();

  const ElfFile& file_;
  bool indexed_ = false;
  std::vector<Unit> units_;  ///< ascending by begin
};

/// The unit itself, or what stands in another file (.dwo) for it.
Dwarf_Die whole_unit(Dwarf_Die unit);

}  // namespace sidestep::symbols
