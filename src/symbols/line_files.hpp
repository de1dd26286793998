// A quick look whether a compilation unit's line table can name a file, without reading the table:
// libdw would decode all of its rows. Borrows the Dwarf; nothing fails.
#pragma once

#include <elfutils/libdw.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sidestep::symbols {

class LineFiles {
 public:
  /// `name`: a file's own name, without folders.
  LineFiles(Dwarf* dwarf, std::string name);
  /// False only if the unit's line table doesn't name the file. True where that can't be told.
  bool may_be_in(Dwarf_Die* unit) const;

 private:
  bool points_at_name(std::string_view header) const;

  std::string name_;
  bool readable_ = false;
  std::string_view lines_;       ///< .debug_line
  std::string_view strings_;     ///< .debug_line_str, where DWARF 5 has the names
  std::vector<bool> begins_it_;  ///< by offset in strings_: a path that ends in the name
};

}  // namespace sidestep::symbols
