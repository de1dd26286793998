// What the probes name in one module, less what is excluded: the same for arming and for `list`.
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "core/architecture.hpp"
#include "core/code_map.hpp"
#include "core/resolver.hpp"

namespace sidestep::core {

struct Selection {
  struct Site {
    Location location;            ///< by the first probe that named it
    std::vector<ProbeId> probes;  ///< ascending
  };
  /// Bytes of a function that `SPEC%insn` names and that may be no instructions.
  struct Doubt {
    Location where;  ///< their first
    std::string_view reason;
  };
  std::map<Address, Site> sites;
  std::vector<Doubt> doubts;
  std::vector<Unplaced> unplaced;
  std::vector<Note> notes;
  std::vector<AddressRange> rseq;
};

struct Probes {
  std::span<const ProbeSpec> wanted, excluded;
};

/// An error means that the module can't be read (see Resolver::find).
Result<Selection> select(const Architecture& arch, Resolver& resolver, const Module& module,
                         Probes probes, const ReadCode& read);

}  // namespace sidestep::core
