// From a source line to the places where its statements begin, through the line tables of those
// compilation units that name the file. Borrows the ElfFile; nothing fails.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "symbols/elf_file.hpp"

namespace sidestep::symbols {

class NearestNames;

struct LinePlace {
  LinkAddress address = 0;
  std::string file;      ///< as the debug information names it
  bool inlined = false;  ///< in an inlined instance of a function
  std::string function;  ///< of an inlined one
  LinkRange code{0, 0};  ///< likewise: the part of the instance that holds the address
};

struct LinePlaces {
  std::vector<LinePlace> places;  ///< ascending, one an address
  std::uint32_t line = 0;         ///< the wanted one, or the next that has code
  bool file_known = false;
  std::uint32_t last_line =
      0;  ///< of those with code in the file, where there is none from `line` on
};

/// `file`: a file's name, or the end of its path.
LinePlaces line_places(const ElfFile& elf, std::string_view file, std::uint32_t line);

/// Suggests names of source files.
void suggest_sources(const ElfFile& elf, NearestNames& names);

}  // namespace sidestep::symbols
