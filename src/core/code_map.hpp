// Instruction boundaries in one module: what a function's own bytes say of them
// (function_sweep.hpp) together with what all of the module's code says.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/architecture.hpp"
#include "core/function_sweep.hpp"
#include "core/resolver.hpp"

namespace sidestep::core {

/// Reads code as the program sees it; gives fewer bytes where there are no more.
using ReadCode = std::function<std::vector<std::uint8_t>(AddressRange)>;

class CodeMap {
 public:
  /// Decodes all of the module's functions. The architecture must outlive this.
  CodeMap(const Architecture& arch, CodeLayout layout, ReadCode read);

  /// Whether the file says where the function that begins here ends.
  bool has_extent(Address function) const { return extent(function) != nullptr; }
  /// The instructions of a function that has_extent().
  Sweep instructions_of(Address function) const;

 private:
  const AddressRange* extent(Address function) const;

  const Architecture& arch_;
  CodeLayout layout_;
  ReadCode read_;
  CodeReferences references_;
};

}  // namespace sidestep::core
