// A site: an address that holds our trap instruction, and all that is known about it.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
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
  Address address;
  Address slot;  ///< zero: not placed yet (area pending), or a mode that needs none
  SiteId id = SiteId::None;
  Purpose purpose = Purpose::Probe;
  std::uint8_t length = 0;       ///< of the instruction, in bytes
  std::uint8_t twin_offset = 0;  ///< from the slot, in bytes; zero: the instruction has no twin
  Form form = Form::Boosted;
  Finish finish = Finish::Twin;
  Fixup fixup = Fixup::None;
  bool restartable_string = false;
  bool pushes_flags = false;

  Address next() const { return address + length; }
  Address twin() const { return twin_offset ? slot + twin_offset : Address{}; }

  static constexpr std::string_view name = "site";
  auto fields() {
    return std::tie(id, purpose, address, length, slot, twin_offset, form, finish, fixup,
                    restartable_string, pushes_flags);
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

  bool operator==(const Tally&) const = default;
  std::uint64_t settled() const { return reported + filtered + passed + rewound; }
};

/// What memory a site is in, so that it is known again whatever lies around it.
struct Backing {
  std::uint64_t device = 0, inode = 0;  ///< 0/0: no file
  std::uint64_t offset = 0;             ///< in the file
  auto operator<=>(const Backing&) const = default;
};

/// What sites have in common that are in the same mapping and serve the same probes.
struct SiteGroup {
  Backing at_zero;  ///< the backing of address zero, if the mapping began there; wraps around
  std::vector<ProbeId> probes;
  auto operator<=>(const SiteGroup&) const = default;
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

/// What only a site has that has been hit or is watched. Made when it is first needed, as most of a
/// hundred thousand never are.
class SiteBooks {
 public:
  SiteBooks() = default;
  SiteBooks(SiteBooks&&) = default;
  SiteBooks& operator=(SiteBooks&&) = default;
  /// A copy of a site has books of its own, with nothing in them.
  SiteBooks(const SiteBooks&) {}
  SiteBooks& operator=(const SiteBooks&) { return kept_.reset(), *this; }

  Tally& to_book() { return kept().tally; }
  const Tally& tally() const;
  const std::shared_ptr<Watch>& watch() const;
  void set_watch(std::shared_ptr<Watch> watch) { kept().watch = std::move(watch); }

 private:
  struct Kept {
    Tally tally;
    std::shared_ptr<Watch> watch;
  };
  Kept& kept() {
    if (!kept_) kept_ = std::make_unique<Kept>();
    return *kept_;
  }
  std::unique_ptr<Kept> kept_;
};

/// Small: what many sites have in common is kept once, and outlives them (see Arming).
struct Site {
  SitePlan plan;
  const SiteGroup* group = nullptr;
  const SlotMap* slot_map = &SlotMap::none;  ///< of plan.slot
  SiteBooks books;
  std::int32_t elsewhere = 0;  ///< from plan.next(), in bytes: a branch's target (see SlotMap)
  std::array<std::uint8_t, 15> bytes{};  ///< its instruction, without our trap; then zeros
  Hook hook : 2 = Hook::None;
  bool armed : 1 = false;
  bool slot_written : 1 = false;
  bool ambiguous : 1 = false;  ///< site+1 can be reached without our trap: check the trap's cause
  bool near_sequences : 1 = false;  ///< its module has restartable sequences: ask at each trap
  bool rewritable : 1 = false;      ///< code that its program may write: look at it at each trap
  bool sequence_said : 1 = false;   ///< that arrivals abort a restartable sequence
  bool returns_here : 1 = false;    ///< calls that are followed come back to it

  /// See instruction_of.hpp.
  std::span<const std::uint8_t> code() const { return {bytes.data(), plan.length}; }
  std::uint8_t original() const { return bytes[0]; }  ///< the byte that our trap replaces
  std::span<const ProbeId> probes() const {
    return group ? std::span<const ProbeId>(group->probes) : std::span<const ProbeId>();
  }
  Backing backing() const;
  /// Of a thread that is `offset` bytes behind plan.slot; nullopt: no thread is ever seen there.
  std::optional<PcPoint> point(std::uint64_t offset) const {
    return slot_map->at(offset, {plan.address, plan.next(), elsewhere});
  }
  /// Where a thread at the twin's end goes on; nullopt: no twin.
  std::optional<Address> behind_twin() const;
};
static_assert(sizeof(Site) == 80);

}  // namespace sidestep::core
