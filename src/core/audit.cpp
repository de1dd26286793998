// The audit behind `missed`: the books must balance, and every trap must be where it was put.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "core/engine.hpp"

namespace sidestep::core {

void Engine::audit_failed(std::string what) {
  if (account_.audit == "held") account_.audit = std::move(what);
}

namespace {

std::string hex(Address address) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address.value));
  return text;
}

}  // namespace

/// One site can't be kept without harm to the program: it goes, and the account says so.
void Engine::give_up(Process& process, Site& site, Tid by, const std::string& why) {
  parts_.arming.give_up(process, site, by);
  const std::string text =
      "the code at " + hex(site.plan.address) + " " + why + ": the breakpoint there was given up";
  audit_failed(text);
  parts_.recorder.notice(process.pid, text);
}

/// False: the trap is not there although its module is.
bool Engine::audit_site(Process& process, const Site& site, Tid by) {
  std::array<std::uint8_t, 1> byte{};
  if (!site.armed || kernel_.read(by, site.plan.address, byte) != 1) return true;
  const bool trap = byte[0] == parts_.arch.trap_byte();
  if (trap && (!site.rewritable || parts_.arming.found_at(site, by) != Arming::Found::Other))
    return true;
  // Unmapped and mapped anew since the last look at the modules? Then it is no site any more.
  const std::size_t before = process.sites.size();
  const SiteId id = site.plan.id;
  const Address address = site.plan.address;
  parts_.arming.rescan(process, by);
  if (process.sites.size() != before && !process.sites.contains(id)) return true;
  audit_failed("the breakpoint at " + hex(address) + " in process " +
               std::to_string(process.pid.value) + " is gone (" + hex(Address{byte[0]}) +
               " is there): overwritten, or its memory was unmapped or reset");
  return false;
}

void Engine::audit_sites(Process& process, Tid by) {
  if (process.state == ProcessState::Lifted || process.state == ProcessState::Draining) return;
  bool held = true;
  std::vector<SiteId> ids;
  process.sites.for_each([&](const Site& site) { ids.push_back(site.plan.id); });
  for (const SiteId id : ids) {
    if (!held || !process.sites.contains(id)) continue;
    held = audit_site(process, process.sites.get(id), by);
  }
}

/// One site in turn, every few hundred hits.
void Engine::audit_sample(Process& process, Tid by) {
  if (process.state != ProcessState::Tracing || !process.sites.size()) return;
  const Site* site = process.sites.next(process.sample);
  if (!site) site = process.sites.next(process.sample = 0);
  if (site) audit_site(process, *site, by);
}

/// Conservation, site by site: every trap was reported, filtered, passed or rewound.
void Engine::audit_books(const Process& process) {
  process.sites.for_each([&](const Site& site) {
    const Tally& tally = site.books.tally();
    if (tally.traps == tally.settled()) return;
    audit_failed("traps and reports at site " +
                 std::to_string(static_cast<unsigned>(site.plan.id)) + " do not add up: " +
                 std::to_string(tally.traps) + " against " + std::to_string(tally.settled()));
  });
}

/// Last looks, while the memory is still there. Any thread may turn out to be the last one: each
/// reads the program's own counter, and the one without running siblings checks all the traps.
void Engine::last_look(Process& process, Tid by) {
  if (begun_ && process.running <= 1) audit_sites(process, by);
  if (!truth_) return;
  const bool words = truth_->size > 8 && truth_->size % 8 == 0;
  std::vector<std::uint8_t> bytes(words ? truth_->size : std::min<std::uint64_t>(truth_->size, 8));
  if (kernel_.read(by, truth_->address, bytes) != bytes.size()) return;
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, &bytes[at], std::min<std::size_t>(8, bytes.size() - at));
    sum += word;
  }
  account_.truth = sum;
}

}  // namespace sidestep::core
