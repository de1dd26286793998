// The parameters of functions, as debug information declares them: "(const char *s, size_t n)".
// Keeps an index of each compilation unit that was asked about; borrows the ElfFile. Nothing fails.
#pragma once

#include <elfutils/libdw.h>

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "symbols/elf_file.hpp"
#include "symbols/unit_index.hpp"

namespace sidestep::symbols {

class Signatures {
 public:
  Signatures(const ElfFile& file, UnitIndex& units) : file_(file), units_(units) {}

  /// Of the function that begins at `entry`; with `inlined` of the instance that `entry` lies in.
  /// "" unknown.
  std::string at(LinkAddress entry, bool inlined);

 private:
  using Functions = std::unordered_map<Dwarf_Addr, Dwarf_Die>;  ///< by entry, not biased
  struct Unit {
    Functions functions;
    bool with_types = false;  ///< those within types, too
  };
  std::optional<Dwarf_Die> function_at(Dwarf_Die unit, Dwarf_Addr entry);

  const ElfFile& file_;
  UnitIndex& units_;
  std::map<void*, Unit> known_;  ///< by the unit's DIE
};

}  // namespace sidestep::symbols
