#include "core/arming.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "core/instruction_of.hpp"
#include "core/modules.hpp"

namespace sidestep::core {
namespace {

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// By file, not by name: a file that is deleted, replaced or renamed stays mapped, under a new
/// name.
bool same_place(const Module& a, const Module& b) {
  const Mapping &x = a.mappings.front(), &y = b.mappings.front();
  const bool same_file = x.inode ? x.inode == y.inode && x.device == y.device : a.path == b.path;
  return same_file && a.base == b.base;
}

/// Code that no file backs: what a program has made itself.
bool is_bare(const Module& module) {
  return module.path == bare_code;
}

}  // namespace

Arming::Arming(Kernel& kernel, const Architecture& arch, Resolver& resolver, Catalog& catalog,
               MakeSlots make_slots, bool slots_for_probes)
    : kernel_(kernel),
      arch_(arch),
      resolver_(resolver),
      catalog_(catalog),
      make_slots_(std::move(make_slots)),
      slots_for_probes_(slots_for_probes) {}

void Arming::set_probes(std::vector<ProbeSpec> probes, std::vector<ProbeSpec> excluded) {
  probes_ = std::move(probes);
  excluded_ = std::move(excluded);
  matched_.assign(probes_.size(), 0);
}

Arming::Space& Arming::space(const Process& process) {
  Space& found = spaces_[&process];
  if (!found.slots) found.slots = make_slots_(arch_);
  return found;
}

void Arming::forget(Process& process) {
  process.sites.for_each([&](const Site& site) {
    retired_.set(site.plan.id, site.books.tally());
    if (const auto& watch = site.books.watch()) watches_[site.plan.id] = watch;
    restored(process, site);
  });
  spaces_.erase(&process);
}

// --- which modules, which sites ------------------------------------------------------------------

void Arming::rescan(Process& process, Tid by) {
  const std::vector<Mapping> mappings = kernel_.mappings(by);
  std::vector<Module> now = modules_from(mappings, kernel_.executable(by));
  add_bare_code(now, mappings);
  drop_gone(process, mappings, by);
  std::vector<Module> before = std::move(process.modules);
  process.modules = std::move(now);
  for (Module& module : process.modules) {
    const auto known = std::find_if(before.begin(), before.end(),
                                    [&](const Module& m) { return same_place(m, module); });
    const bool same_name = known != before.end() && known->path == module.path;
    if (same_name)
      module.file = known->file;
    else if (!is_bare(module))
      module.file = kernel_.file_of(by, module.mappings.front());
    if (known != before.end()) continue;
    add_own_sites(process, module, by);
    resolve(process, module, by);
  }
  const bool same = std::equal(before.begin(), before.end(), process.modules.begin(),
                               process.modules.end(), same_place);
  if (!same) modules_changed(process, mappings);
}

void Arming::add_own_sites(Process& process, const Module& module, Tid by) {
  const Kernel::Startup startup = kernel_.startup(by);
  const bool is_linker = startup.interpreter ? module.base == startup.interpreter : module.main;
  if (is_linker) {
    const auto hook = resolver_.symbol(module, "_dl_debug_state");
    const auto debug = resolver_.symbol(module, "_r_debug");
    if (hook && debug) {
      constexpr std::uint64_t offset_of_r_state = 24;  // struct r_debug, <link.h>
      process.linker_state = debug->address + offset_of_r_state;
      add_own_site(process, module, hook->address, Hook::Linker, by);
    }
  }
  // A linker without the hook: look again at the latest when it jumps to the program.
  if (module.main && startup.interpreter)
    add_own_site(process, module, startup.entry, Hook::Entry, by);
}

void Arming::add_own_site(Process& process, const Module& module, Address address, Hook hook,
                          Tid by) {
  const Location location{ProbeId{}, address, "", {}, "", 0};
  auto found = look(process, module, location, {}, by);
  if (auto* insn = std::get_if<Instruction>(&found))
    stage(process, module, location, *insn, {}, hook, by);
}

void Arming::resolve(Process& process, const Module& module, Tid by) {
  Selection selection = selected(process, module, by);
  for (const Unplaced& u : selection.unplaced)
    refused_.push_back(
        {u.probe, u.name + " in " + file_name(module.path), u.reason, u.declared_only});
  for (const Note& note : selection.notes) notes_.push_back(note.text);
  for (const Selection::Doubt& doubt : selection.doubts)
    refuse(module, doubt.where, {doubt.where.probe}, std::string(doubt.reason));
  while (!selection.sites.empty()) {  // each one's memory serves what is made of the next
    const auto node = selection.sites.extract(selection.sites.begin());
    const Selection::Site& site = node.mapped();
    auto found = look(process, module, site.location, selection.rseq, by);
    const auto* insn = std::get_if<Instruction>(&found);
    if (!insn) {
      refuse(module, site.location, site.probes, std::get<Refusal>(found).text);
      continue;
    }
    std::vector<ProbeId> probes = site.probes;
    auto seen = observations(module, site.location, probes);
    if (!probes.empty())
      stage(process, module, site.location, *insn, std::move(probes), Hook::None, by,
            std::move(seen));
  }
}

Selection Arming::selected(const Process& process, const Module& module, Tid by) {
  if (!is_bare(module)) {
    auto found = select(arch_, resolver_, module, {probes_, excluded_},
                        [&](AddressRange range) { return program_bytes(process, range, by); });
    if (found) return std::move(*found);
    unreadable_.push_back(found.error().message);
  }
  Selection bare;
  for (const Location& location : bare_locations(module)) {
    auto& site =
        bare.sites.try_emplace(location.address, Selection::Site{location, {}}).first->second;
    site.probes.push_back(location.probe);
  }
  return bare;
}

std::variant<Instruction, Refusal> Arming::look(const Process& process, const Module& module,
                                                const Location& location,
                                                std::span<const AddressRange> rseq, Tid by) const {
  constexpr std::uint64_t longest_function = 1 << 16;
  constexpr std::uint64_t longest_instruction = 15;
  Address from = location.function_range.contains(location.address) ? location.function_range.begin
                                                                    : location.address;
  const bool too_long = location.address.value - from.value > longest_function;
  if (too_long || location.is_boundary) from = location.address;
  const auto code = program_bytes(process, {from, location.address + longest_instruction}, by);
  auto found = examine(arch_, location, module, rseq, {from, code});
  const auto* insn = std::get_if<Instruction>(&found);
  if (insn && insn->form == Form::OwnTrap && !byte_is_from_file(module, location.address))
    return Refusal{"somebody else's breakpoint is there: memory differs from the file"};
  return found;
}

std::vector<std::uint8_t> Arming::program_bytes(const Process& process, AddressRange range,
                                                Tid by) const {
  std::vector<std::uint8_t> bytes(range.size());
  bytes.resize(kernel_.read(by, range.begin, bytes));
  hide_own_traps(process, range.begin, bytes);
  return bytes;
}

/// Reads of tracee memory see the program's bytes, not our traps.
void Arming::hide_own_traps(const Process& process, Address from,
                            std::span<std::uint8_t> code) const {
  for (std::size_t i = 0; i < code.size(); ++i)
    if (code[i] == arch_.trap_byte())
      if (const Site* site = process.sites.at(from + i); site && site->armed)
        code[i] = site->original();
}

void Arming::stage(Process& process, const Module& module, const Location& location,
                   const Instruction& insn, std::vector<ProbeId> probes, Hook hook, Tid by,
                   std::shared_ptr<const Observations> observations) {
  const bool for_probe = !probes.empty();
  const auto [entry, fresh] = space(process).pending.try_emplace(location.address);
  Site& site = entry->second;
  if (fresh) site.plan.purpose = Purpose::Own;
  if (for_probe) site.plan.purpose = Purpose::Probe;
  if (hook != Hook::None) site.hook = hook;
  const Mapping* mapping = mapping_at(module, location.address);
  site.rewritable = is_bare(module) || (mapping && mapping->writable);
  if (for_probe && site.hook == Hook::None)
    site.near_sequences = is_bare(module) || has_sequences(module, by);
  fill_in(site, insn);
  if (observations)
    site.books.set_watch(std::make_shared<Watch>(
        Watch{observations, std::vector<ProbeBooks>(observations->size())}));
  site.plan.id = catalog_.add(describe(process, module, location, probes), std::move(observations));
  if (!for_probe) probes.assign(site.probes().begin(), site.probes().end());
  site.group = group_of(mapping, location.address, std::move(probes));
}

/// `mapping`: what is at `address`; nullptr: not known.
const SiteGroup* Arming::group_of(const Mapping* mapping, Address address,
                                  std::vector<ProbeId> probes) {
  SiteGroup group{mapping ? backing_of(*mapping, address) : Backing{}, std::move(probes)};
  if (group.at_zero.inode) group.at_zero.offset -= address.value;
  return &*groups_.insert(std::move(group)).first;
}

/// For the catalog.
SiteInfo Arming::describe(const Process& process, const Module& module, const Location& location,
                          const std::vector<ProbeId>& probes) {
  SiteInfo info{SiteId::None,
                process.pid,
                location.address,
                file_name(module.path),
                module.path,
                {location.address.value - module.base.value},
                location.function,
                0,
                {},
                probes};
  if (location.function_range.contains(location.address))
    info.func_off = location.address.value - location.function_range.begin.value;
  if (!location.source_file.empty())
    info.src = SourceLine{location.source_file, location.source_line};
  return info;
}

void Arming::fill_in(Site& site, const Instruction& insn) {
  SitePlan& plan = site.plan;
  plan.address = insn.site;
  plan.length = static_cast<std::uint8_t>(insn.bytes.size());
  plan.form = insn.form;
  plan.finish = insn.finish;
  plan.fixup = insn.fixup;
  plan.restartable_string = insn.restartable_string;
  plan.pushes_flags = insn.pushes_flags;
  std::copy(insn.bytes.begin(), insn.bytes.end(), site.bytes.begin());
  // PC == site+1 without our trap: behind a one-byte instruction, or behind a prefix that code
  // jumps over (lock). The cause of a SIGTRAP there has to be asked for.
  site.ambiguous = insn.bytes.size() == 1 || arch_.starts_with_prefix(insn);
}

// --- writing -------------------------------------------------------------------------------------

bool Arming::has_pending(const Process& process) const {
  auto found = spaces_.find(&process);
  return found != spaces_.end() && !found->second.pending.empty();
}

void Arming::arm_pending(Process& process, Tid by) {
  Space& here = space(process);
  finish_unplaced(process, by);
  process.area_pending = !here.unplaced.empty();
  auto pending = std::exchange(here.pending, {});
  while (!pending.empty()) {  // each one's memory serves the next
    auto entry = pending.extract(pending.begin());
    arm(process, std::move(entry.mapped()), by);
  }
  link_areas(process, by);
}

/// nullptr: it could not be written, or there is one already.
Site* Arming::arm(Process& process, Site staged, Tid by) {
  Space& here = space(process);
  if (process.sites.at(staged.plan.address)) return nullptr;
  if (staged.plan.slot && !write_slot(process, staged, by)) {
    refuse(staged, "its slot can't be written");
    return nullptr;
  }
  Site& site = process.sites.add(std::move(staged));
  if (site.plan.slot) process.sites.map_slot(site);
  if (needs_slot(site) && !site.plan.slot) here.unplaced.push_back(site.plan.id);
  process.area_pending = !here.unplaced.empty();
  if (on_site_) on_site_(site.plan);
  if (!write_trap(process, site, by)) {
    refuse(site, "its code can't be written (/proc/PID/mem)");
    std::erase(here.unplaced, site.plan.id);
    process.sites.remove(site.plan.id);
    return nullptr;
  }
  for (const ProbeId probe : site.probes()) ++matched_[static_cast<std::size_t>(probe)];
  return &site;
}

/// Sites that were armed before there was memory for their slots.
void Arming::finish_unplaced(Process& process, Tid by) {
  std::erase_if(space(process).unplaced, [&](SiteId id) {
    if (!process.sites.contains(id)) return true;
    Site& site = process.sites.get(id);
    if (!site.plan.slot) return false;
    if (!write_slot(process, site, by)) {
      unplace(site);
      return false;
    }
    process.sites.map_slot(site);
    if (on_site_) on_site_(site.plan);
    return true;
  });
}

void Arming::restored(const Process& process, const Site& site) const {
  if (witness_) witness_->restored(process.pid, site.plan.address);
}

bool Arming::write_trap(const Process& process, Site& site, Tid by) {
  std::array<std::uint8_t, 1> byte{};
  if (kernel_.read(by, site.plan.address, byte) != 1 || byte[0] != site.original()) return false;
  if (witness_) witness_->armed(process.pid, site.plan.address, site.original());
  byte[0] = arch_.trap_byte();
  site.armed = kernel_.write(by, site.plan.address, byte) == 1;
  return site.armed;
}

Arming::Found Arming::found_at(const Site& site, Address now_at, Tid by) const {
  std::array<std::uint8_t, 15> bytes{};
  const std::span<std::uint8_t> now(bytes.data(), site.code().size());
  if (kernel_.read(by, now_at, now) != now.size()) return Found::Other;
  if (now[0] != arch_.trap_byte()) return Found::Other;
  if (std::equal(now.begin() + 1, now.end(), site.code().begin() + 1)) return Found::Trap;
  now[0] = site.original();
  const auto as_it_would_be = arch_.analyze(now, now_at);
  const auto* insn = std::get_if<Instruction>(&as_it_would_be);
  const bool same = insn && insn->bytes.size() == now.size() &&
                    insn->mnemonic == instruction_of(arch_, site).mnemonic;
  return same ? Found::Patched : Found::Other;
}

void Arming::disarm(const Process& process, Site& site, Tid by) {
  std::array<std::uint8_t, 1> byte{};
  const bool readable = site.armed && kernel_.read(by, site.plan.address, byte) == 1;
  const bool ours = readable && found_at(site, by) != Found::Other;
  byte[0] = site.original();
  const bool done = !ours || kernel_.write(by, site.plan.address, byte) == 1;
  if (!site.armed || (readable && done)) restored(process, site);
  site.armed = false;
}

void Arming::disarm_all(Process& process, Tid by) {
  process.sites.for_each([&](Site& site) { disarm(process, site, by); });
}

void Arming::give_up(Process& process, Site& site, Tid by) {
  auto& unplaced = space(process).unplaced;
  std::erase(unplaced, site.plan.id);
  process.area_pending = !unplaced.empty();
  disarm(process, site, by);
}

}  // namespace sidestep::core
