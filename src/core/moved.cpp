// Arming's part for code that leaves its place: unmapped, replaced, or moved by mremap, which takes
// our traps along.
#include <algorithm>
#include <array>

#include "core/arming.hpp"
#include "core/modules.hpp"

namespace sidestep::core {
namespace {

constexpr std::uint64_t page = 4096;

/// `all` is in ascending order, as the kernel lists it.
const Mapping* covering(std::span<const Mapping> all, Address address) {
  const auto behind = std::upper_bound(all.begin(), all.end(), address,
                                       [](Address a, const Mapping& m) { return a < m.range.end; });
  return behind != all.end() && behind->range.contains(address) ? &*behind : nullptr;
}

bool is_about(const ThreadState& state, SiteId id) {
  return std::visit(
      [&](const auto& s) {
        if constexpr (requires { s.site; }) return s.site == id;
        if constexpr (requires { s.in_call; }) return s.in_call == id;
        return false;
      },
      state);
}

/// Some thread is in the middle of passing the site.
bool is_in_use(const Process& process, SiteId id) {
  return std::any_of(process.threads.begin(), process.threads.end(), [&](const auto& entry) {
    const Thread& thread = *entry.second;
    const auto* trap = thread.deferred ? std::get_if<stop::Trap>(&*thread.deferred) : nullptr;
    return is_about(thread.state, id) || (trap && trap->site == id);
  });
}

}  // namespace

/// A site is still there if the same part of the same file is mapped at its address, or, whatever
/// is mapped, what was armed stands there: a program may copy its text into huge pages at the same
/// place. Rights don't matter: a JIT compiler's code is not executable while it is written.
void Arming::drop_gone(Process& process, std::span<const Mapping> now, Tid by) {
  if (now.empty()) return;  // it is ending: all of it goes
  std::vector<SiteId> gone;
  process.sites.for_each([&](const Site& site) {
    const Mapping* mapping = covering(now, site.plan.address);
    if (mapping && backing_of(*mapping, site.plan.address) == site.backing()) return;
    if (mapping && found_at(site, by) == Found::Trap) return;
    if (!is_in_use(process, site.plan.id)) gone.push_back(site.plan.id);
  });
  if (!gone.empty()) process.syscall_insn = {};  // it may have been there too
  for (const SiteId id : gone) {
    const Site& site = process.sites.get(id);
    if (site.armed && !places_of(site, now, by).empty()) space(process).moved.push_back(site);
    retire(process, id);
  }
}

void Arming::retire(Process& process, SiteId id) {
  const Site& site = *process.sites.find(id);
  retired_.set(id, site.books.tally());
  if (const auto& watch = site.books.watch()) watches_[id] = watch;
  restored(process, site);
  process.sites.remove(id);
}

void Arming::forget_gone(Process& process, Tid by) {
  const std::vector<Mapping> now = kernel_.mappings(by);
  drop_gone(process, now, by);
  take_back_moved(process, now, by);
}

/// Where a site's code is by now, trap and all. A page moves as a whole.
std::vector<Address> Arming::places_of(const Site& moved, std::span<const Mapping> now,
                                       Tid by) const {
  std::vector<Address> places;
  const auto look_at = [&](Address at) {
    if (found_at(moved, at, by) == Found::Trap) places.push_back(at);
  };
  const Backing backing = moved.backing();
  const std::uint64_t in_page = moved.plan.address.value % page;
  for (const Mapping& m : now) {
    if (m.shared || !m.executable) continue;
    if (!backing.inode && !m.inode)
      for (Address at = m.range.begin + in_page; at < m.range.end; at = at + page) look_at(at);
    if (!backing.inode || backing.offset < m.file_offset) continue;
    const Address at = m.range.begin + (backing.offset - m.file_offset);
    if (m.range.contains(at) && backing_of(m, at) == backing) look_at(at);
  }
  return places;
}

void Arming::take_back_moved(Process& process, std::span<const Mapping> now, Tid by) {
  for (const Site& moved : space(process).moved)
    for (const Address at : places_of(moved, now, by))
      if (!process.sites.at(at)) take_back_moved(process, at, by);
  space(process).moved.clear();
}

bool Arming::take_back_moved(Process& process, Address address, Tid by) {
  Space& there = space(process);
  std::array<std::uint8_t, 1> byte{};
  const bool trap = kernel_.read(by, address, byte) == 1 && byte[0] == arch_.trap_byte();
  if (!trap) return there.taken_back.contains(address);  // another thread was first
  for (const Site& moved : there.moved) {
    if (moved.plan.address.value % page != address.value % page) continue;
    if (found_at(moved, address, by) != Found::Trap) continue;
    there.taken_back.insert(address);
    byte[0] = moved.original();
    return kernel_.write(by, address, byte) == 1;
  }
  return false;
}

}  // namespace sidestep::core
