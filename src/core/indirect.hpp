// Functions that are chosen when the program starts (IFUNC): what their resolver may choose, read
// from its code. All of that is probed. Which one it was is not asked: probes are placed before the
// linker has decided, and a file that nobody runs has nothing decided.
#pragma once

#include <string>
#include <vector>

#include "core/architecture.hpp"
#include "core/code_map.hpp"
#include "core/resolver.hpp"

namespace sidestep::core {

struct Implementations {
  std::vector<Location> all;        ///< ascending, each under the chooser's name
  bool maybe_not_complete = false;  ///< it asks code that it gets by a pointer (the vdso's `time`)
};

/// The functions whose addresses the chooser takes; if it takes none itself, those that the
/// functions take which it calls. None: there is none to be seen.
Implementations implementations(const Architecture& arch, Resolver& resolver, const Module& module,
                                const Location& chooser, const ReadCode& read);

/// What one probe found of such functions in a module, for its note.
class Chosen {
 public:
  void add(const std::string& function, const Implementations& found);
  std::string note() const;

 private:
  std::string first_;
  std::size_t functions_ = 0, implementations_ = 0;
  bool maybe_not_complete_ = false;
};

}  // namespace sidestep::core
