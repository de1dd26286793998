// The seam to stack backtraces: from a stopped thread's registers to the return addresses of its
// callers. Implemented by src/symbols (libdwfl). Tracing thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/architecture.hpp"
#include "core/resolver.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

class Unwinder {
 public:
  /// Reads the program's memory, without our traps; bytes read.
  using Read = std::function<std::size_t(Address from, std::span<std::uint8_t> to)>;

  virtual ~Unwinder() = default;

  /// What is mapped in a process from now on. Cheap when nothing has changed.
  virtual void set_modules(Pid process, std::span<const Mapping> mappings,
                           std::span<const Module> modules) = 0;
  virtual void forget(Pid process) = 0;

  /// Fills `frames` with at most `most` program counters, innermost first: that of `regs` (which
  /// must be the program's own, not one in a slot), then return addresses. `value` gives a general
  /// register by its DWARF number. Ends early where nothing says how to go on.
  virtual void unwind(Pid process, const std::function<std::uint64_t(unsigned)>& value,
                      const Read& read, std::size_t most, std::vector<Address>& frames) = 0;
};

}  // namespace sidestep::core
