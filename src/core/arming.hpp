// From probes to armed sites: looks at what is mapped, has the probes resolved in new modules,
// examines each match, finds slots, writes the traps. Tracing thread only.
//
// Three steps, because a scratch area can only be mapped by a thread of the tracee:
//   rescan()       modules come and go; matches become pending sites
//   next_area()    where memory must be mapped before the pending ones have slots; mapped() answers
//   arm_pending()  slots are written, then traps
// In a running process nobody is at hand to map memory: there the third step comes first, and the
// second at the first trap.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/architecture.hpp"
#include "core/examine.hpp"
#include "core/kernel.hpp"
#include "core/ledger.hpp"
#include "core/process.hpp"
#include "core/resolver.hpp"
#include "core/selection.hpp"
#include "core/slot_source.hpp"
#include "sidestep/code_witness.hpp"
#include "sidestep/events.hpp"
#include "sidestep/result.hpp"

namespace sidestep::core {

/// Gives out site ids and keeps the sites' descriptions for the output side. Thread-safe.
class Catalog {
 public:
  virtual ~Catalog() = default;
  /// Files `info` (its id is filled in) and returns the id.
  /// `observations`: of a site that is watched (site.hpp), in the order of info.probes.
  virtual SiteId add(SiteInfo info, std::shared_ptr<const Observations> observations) = 0;
  /// Files the same site once more, for a copy of the process.
  virtual SiteId copy(SiteId original, Pid copy) = 0;
  /// The modules of a process have changed; for symbolising addresses that were taken from now on.
  /// `version` is of the session: each change in any process has one of its own.
  virtual void modules(std::uint32_t /*version*/, const std::vector<Mapping>&,
                       const std::vector<Module>&) {}
};

/// A match that can't be a site.
struct Refused {
  ProbeId probe{};
  std::string what;  ///< function or address, and module
  std::string reason;
  bool declared_only = false;  ///< see Unplaced
};

class Arming {
 public:
  using MakeSlots = std::function<std::unique_ptr<SlotSource>(const Architecture&)>;
  /// Told of each plan when it is final (for the journal).
  using OnSite = std::function<void(const SitePlan&)>;

  /// The references must outlive this. `slots_for_probes`: false in in-place modes.
  Arming(Kernel& kernel, const Architecture& arch, Resolver& resolver, Catalog& catalog,
         MakeSlots make_slots, bool slots_for_probes);

  void set_probes(std::vector<ProbeSpec> probes, std::vector<ProbeSpec> excluded);
  void on_site(OnSite f) { on_site_ = std::move(f); }
  void set_limits(const CaptureLimits& limits) { limits_ = limits; }
  void set_witness(CodeWitness* witness) { witness_ = witness; }

  /// Forgets sites of modules that have gone; resolves probes in new ones.
  void rescan(Process& process, Tid by);
  /// The first half of that, before the traps are taken out, lest something else be written into.
  /// Traps that moved with their memory (mremap) are taken out here.
  void forget_gone(Process& process, Tid by);
  /// Whether the int3 at `address`, where no site is, is one of ours that has moved with its
  /// memory. Then the program's own byte is put back.
  bool take_back_moved(Process& process, Address address, Tid by);
  /// The next area to map; nullopt: none needed.
  std::optional<AddressRange> next_area(Process& process, Tid by);
  /// No memory can be mapped in this process (a seccomp filter): from now on slots go into the
  /// padding behind its modules' code, or nowhere.
  void use_padding(Process& process);
  /// `result`: what mmap returned. `by` is stopped.
  void mapped(Process& process, AddressRange asked, std::int64_t result, Tid by);
  /// Writes slots and traps. A site without memory for its slot is armed all the same ("area
  /// pending"): the first thread that traps there has to map some, see lacks_slot().
  void arm_pending(Process& process, Tid by);
  bool lacks_slot(const Process& process, SiteId id) const;
  bool has_area(const Process& process) { return space(process).slots->has_area(); }
  /// Writes the trap handler and its action into an area; where the action is. nullopt: no room.
  std::optional<Address> write_trap_handler(Process& process, Tid by);
  std::vector<std::uint8_t> trap_action(Process& process);
  /// It is there, put by this session or an earlier one.
  bool has_trap_handler(Process& process) { return space(process).slots->handler().has_value(); }
  /// In a running process, first of all: takes over areas that earlier sessions left, and takes out
  /// traps of one that was killed. Returns the number of those.
  std::size_t adopt_areas(Process& process, Tid by);
  /// Finds places in these areas, when the sites are known.
  void place_pending(Process& process);
  bool has_pending(const Process& process) const;
  /// Restores the original bytes of all sites, where they are still ours. The sites stay known, so
  /// that late traps are recognised.
  void disarm_all(Process& process, Tid by);
  /// Of bytes read from the program's memory: puts its own ones where our traps stand.
  void hide_own_traps(const Process& process, Address from, std::span<std::uint8_t> code) const;
  /// Arms the address that a call returns to, so that its return is seen. False: it can't be, for
  /// the reason that why_not_followed() then has. `by` is stopped.
  bool arm_return(Process& process, Address returns_to, Tid by);
  const std::string* why_not_followed(const Process& process, Address returns_to) const;
  /// What is at an armed site now. Code may be rewritten or replaced under us.
  enum class Found : std::uint8_t {
    Trap,     ///< ours, before the rest of the instruction as it was
    Patched,  ///< ours, but the operand behind it is another by now
    Other,    ///< what the program, or somebody else, has put there
  };
  Found found_at(const Site& site, Tid by) const { return found_at(site, site.plan.address, by); }
  /// Takes one site out for good while the others stay.
  void give_up(Process& process, Site& site, Tid by);
  /// Restores every site's byte in another process that got a copy of the memory.
  void clean_copy(const Process& process, Tid copy);
  /// After an exec that came while the process was being armed: takes traps that went into the new
  /// image out of it, where the same file is mapped at the same place.
  void clean_image(const Process& old, Tid by);
  /// Whether another process's memory is a copy of this one's: its first trap stands there.
  bool is_copy(const Process& process, Tid other) const;
  /// Gives a process that got a copy of the memory sites of its own.
  void copy_sites(const Process& from, Process& to, Tid by);
  /// At an exec or at the process's end: keeps the books of its sites, nothing else.
  void forget(Process& process);

  /// Decides the matches: an error if a probe that should have matched has no site, nor is about to
  /// get one, in any of the processes.
  Result<void> check_matches(std::span<const Process* const> processes) const;
  /// What the user should know about the matches, one sentence each, since the last call: lines
  /// that have moved, places that a probe names and that can't be sites. Nothing is said twice.
  std::vector<std::string> take_notes();
  /// Books of sites that went with their module or with an exec.
  const Ledger& retired() const { return retired_; }
  /// And of their probes, where they were watched.
  const std::map<SiteId, std::shared_ptr<Watch>>& retired_watches() const { return watches_; }
  /// Probes that name a module which never came.
  std::vector<std::string> never_loaded() const;

 private:
  struct Space {
    std::unique_ptr<SlotSource> slots;
    std::map<Address, Site> pending;
    std::vector<Site> moved;       // gone from their places with their traps, as far as is known
    std::set<Address> taken_back;  // where such traps were
    std::vector<SiteId> unplaced;  // armed, their slots still without memory
    bool within_padding = false;   // nothing can be mapped
    std::map<Address, std::string> not_followed;  // returns to there, and why
    std::uint32_t not_followed_in = 0;            // the version of the modules that this is about
  };

  Space& space(const Process& process);
  void drop_gone(Process& process, std::span<const Mapping> now, Tid by);
  Found found_at(const Site& site, Address now_at, Tid by) const;
  std::vector<Address> places_of(const Site& moved, std::span<const Mapping> now, Tid by) const;
  void take_back_moved(Process& process, std::span<const Mapping> now, Tid by);
  void add_bare_code(std::vector<Module>& modules, const std::vector<Mapping>& mappings) const;
  std::vector<Location> bare_locations(const Module& module) const;
  void retire(Process& process, SiteId id);
  void resolve(Process& process, const Module& module, Tid by);
  Selection selected(const Process& process, const Module& module, Tid by);
  void add_own_sites(Process& process, const Module& module, Tid by);
  void add_own_site(Process& process, const Module& module, Address address, Hook hook, Tid by);
  std::shared_ptr<const Observations> observations(const Module& module, const Location& location,
                                                   std::vector<ProbeId>& probes);
  std::variant<Site*, std::string> follow(Process& process, Address returns_to, Tid by);
  Site* arm(Process& process, Site staged, Tid by);
  void modules_changed(Process& process, const std::vector<Mapping>& mappings);
  std::variant<Instruction, Refusal> look(const Process& process, const Module& module,
                                          const Location& location,
                                          std::span<const AddressRange> rseq, Tid by) const;
  std::vector<std::uint8_t> program_bytes(const Process& process, AddressRange range, Tid by) const;
  bool has_sequences(const Module& module, Tid by);
  bool holds_signature(AddressRange code, Tid by) const;
  bool byte_is_from_file(const Module& module, Address address) const;
  void stage(Process& process, const Module& module, const Location& location,
             const Instruction& insn, std::vector<ProbeId> probes, Hook hook, Tid by,
             std::shared_ptr<const Observations> observations = nullptr);
  const SiteGroup* group_of(const Mapping* mapping, Address address, std::vector<ProbeId> probes);
  static SiteInfo describe(const Process& process, const Module& module, const Location& location,
                           const std::vector<ProbeId>& probes);
  void fill_in(Site& site, const Instruction& insn);
  bool needs_slot(const Site& site) const;
  bool place(Process& process, Site& site);
  std::size_t take_out_left(const SlotSource& slots, std::span<const Module> modules, Tid by);
  void take(Site& site, Address slot, const SlotImage& image);
  static void unplace(Site& site);
  bool reuse(SlotSource& slots, const Instruction& insn, Site& site);
  void finish_unplaced(Process& process, Tid by);
  bool copy_slot(Process& to, Site& site, Tid by);
  bool write_slot(Process& process, Site& site, Tid by);
  void link_areas(Process& process, Tid by);
  bool write_all(const std::vector<SlotSource::Patch>& patches, Tid by);
  bool write_trap(const Process& process, Site& site, Tid by);
  void disarm(const Process& process, Site& site, Tid by);
  void restored(const Process& process, const Site& site) const;

  void refuse(const Module& module, const Location& where, const std::vector<ProbeId>& probes,
              const std::string& reason);
  void refuse(const Site& site, const std::string& reason);
  bool names_absent_module(const Process& process, const ProbeSpec& probe) const;
  bool has_names(const Module& module) const;
  bool is_about_to_match(ProbeId id) const;
  std::string said(const Refused& refused) const;
  Error no_match(const Process& process, const ProbeSpec& probe, ProbeId id) const;
  std::string refuse_address(const Process& process, Address address) const;

  Kernel& kernel_;
  const Architecture& arch_;
  Resolver& resolver_;
  Catalog& catalog_;
  MakeSlots make_slots_;
  const bool slots_for_probes_;
  OnSite on_site_;
  CodeWitness* witness_ = nullptr;
  std::vector<ProbeSpec> probes_, excluded_;
  std::vector<std::uint64_t> matched_;  // sites armed, by probe
  std::map<const Process*, Space> spaces_;
  SlotMaps slot_maps_;          // what sites share
  std::set<SiteGroup> groups_;  // likewise
  std::vector<Refused> refused_;
  std::size_t told_ = 0;  // of these
  std::vector<std::string> notes_;
  std::set<std::string> known_notes_;
  std::map<std::pair<std::string, Address>, bool> has_sequences_;  // by path and base
  std::vector<std::string> unreadable_;  // modules that are no amd64 ELF, said in errors
  Ledger retired_;                       // of sites that are gone
  std::map<SiteId, std::shared_ptr<Watch>> watches_;  // likewise
  std::uint32_t modules_version_ = 0;                 // the latest, of all processes
  CaptureLimits limits_;
  std::map<ProbeId, Error> mistakes_;  // in arguments and conditions, where they name nothing
};

}  // namespace sidestep::core
