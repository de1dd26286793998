// A quick look whether debug information can know a name, without reading its DIEs.
#pragma once

#include <elfutils/libdw.h>

#include <string>

namespace sidestep::symbols {

/// False only if no string of the debug information holds `word`. True where that can't be told:
/// strings in other files (dwz, split DWARF), compressed sections, no word.
bool may_name(Dwarf* dwarf, const std::string& word);

}  // namespace sidestep::symbols
