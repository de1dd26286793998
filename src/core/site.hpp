// A site: an address that holds our trap instruction, and all that is known about it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "core/observation.hpp"
#include "core/relocation.hpp"
#include "core/slot_map.hpp"
#include "sidestep/types.hpp"

namespace sidestep::core {

/// Who put the site there.
enum class Purpose : std::uint8_t {
  Probe,  ///< asked for by the user: its arrivals are reported
  Own,    ///< ours: see Hook
};

/// What an arrival tells the engine itself. A user's probe may share the site.
enum class Hook : std::uint8_t {
  None,
  Linker,  ///< the dynamic linker's debugger hook: modules have come or gone
  Entry,   ///< the program's entry point: start-up is over at the latest here
};

/// What a transition may depend on. Small and written to the journal, so that a run replays.
struct SitePlan {
  SiteId id = SiteId::None;
  Purpose purpose = Purpose::Probe;
  Address address, next;
  Address slot;  ///< zero: not placed yet (area pending), or a mode that needs none
  Address twin;  ///< zero: the instruction has none
  Form form = Form::Boosted;
  Finish finish = Finish::Twin;
  Fixup fixup = Fixup::None;
  bool restartable_string = false;
  bool pushes_flags = false;

  static constexpr std::string_view name = "site";
  auto fields() {
    return std::tie(id, purpose, address, next, slot, twin, form, finish, fixup, restartable_string,
                    pushes_flags);
  }
};

/// What became of the traps at a site. Conservation (engine guarantee 3), checked by the audit:
/// traps == reported + filtered + passed + rewound once nothing is in flight.
struct Tally {
  std::uint64_t traps = 0;     ///< counted where stops are decoded
  std::uint64_t reported = 0;  ///< hits handed to the output
  std::uint64_t filtered = 0;  ///< dropped by a condition
  std::uint64_t passed = 0;    ///< not arrivals of the program: our own sites, restarted system
                               ///< calls, guests that share the memory
  std::uint64_t rewound = 0;   ///< PC put back to the site, unreported
  std::uint64_t undone = 0;    ///< reported, but the instruction is known not to have completed

  std::uint64_t settled() const { return reported + filtered + passed + rewound; }
};

/// What memory a site is in, so that it is known again whatever lies around it.
struct Backing {
  std::uint64_t device = 0, inode = 0;  ///< 0/0: no file
  std::uint64_t offset = 0;             ///< in the file
  bool operator==(const Backing&) const = default;
};

/// What one probe has made of a site's arrivals.
struct ProbeBooks {
  std::uint64_t hits = 0;     ///< arrivals that were not dropped
  std::uint64_t returns = 0;  ///< %return: of these, those that have come back
  std::uint64_t dropped = 0;  ///< returns that a condition or --min-time dropped
};

using Observations = std::vector<Observation>;

/// Of a site whose arrivals are looked at, not only counted. Both in the order of its probes.
struct Watch {
  std::shared_ptr<const Observations> observations;
  std::vector<ProbeBooks> books;
};

struct Site {
  SitePlan plan;
  Inline<std::uint8_t, 15> code;  ///< its instruction, without our trap: see instruction_of.hpp
  SlotMap slot_map;               ///< of plan.slot
  Backing backing;
  std::uint8_t original = 0;  ///< the byte that our trap replaces
  bool armed = false;
  bool slot_written = false;
  Hook hook = Hook::None;
  bool ambiguous = false;       ///< site+1 can be reached without our trap: check the trap's cause
  bool near_sequences = false;  ///< its module has restartable sequences: ask at each trap
  bool rewritable = false;      ///< code that its program may write: look at it at each trap
  bool sequence_said = false;   ///< that arrivals abort a restartable sequence
  bool returns_here = false;    ///< calls that are followed come back to it
  const std::vector<ProbeId>* served = nullptr;  ///< its probes; sites share the lists of them
  std::shared_ptr<Watch> watch;                  ///< none: all of its probes only count
  Tally tally;

  std::span<const ProbeId> probes() const {
    return served ? std::span<const ProbeId>(*served) : std::span<const ProbeId>();
  }
};

}  // namespace sidestep::core
