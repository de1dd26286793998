// From the addresses of a backtrace to frames that can be shown. Used by the output thread alone,
// with a resolver of its own: the tracing thread never waits for a name.
//
// Nothing fails: what is not known is empty in the frame. The resolver must outlive it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/resolver.hpp"
#include "sidestep/events.hpp"

namespace sidestep::symbols {

class Symbolizer {
 public:
  explicit Symbolizer(core::Resolver& resolver) : resolver_(resolver) {}

  /// What is mapped in a process from now on. Forgets the names of what was before.
  void set_modules(Pid process, std::span<const core::Mapping> mappings,
                   std::span<const core::Module> modules);
  void forget(Pid process) { processes_.erase(process); }

  /// `stack` as core::Unwinder gives it: innermost first, return addresses behind it. A return
  /// address is described as the call before it, with its offset as it is.
  std::vector<Frame> frames(Pid process, std::span<const Address> stack);
  /// Of the function that begins there; "" there is none.
  std::string function(Pid process, Address entry);

 private:
  struct Place {
    AddressRange range;
    core::Module module;  ///< of the vdso: without a file
  };
  struct Process {
    std::vector<Place> places;  ///< ascending
    std::unordered_map<Address, Frame> sites, calls;
  };

  const Frame& known(const Process& process, std::unordered_map<Address, Frame>& cache, Address ip,
                     Address inside);
  Frame describe(const Process& process, Address ip, Address inside);

  core::Resolver& resolver_;
  std::unordered_map<Pid, Process> processes_;
};

}  // namespace sidestep::symbols
