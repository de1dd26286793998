// Arming's part for probes by run-time address in code that is no ELF file: memory that a program
// has filled itself (a JIT compiler), or a mapped file of another kind.
#include <algorithm>

#include "core/arming.hpp"
#include "core/modules.hpp"

namespace sidestep::core {
namespace {

bool holds(const Module& module, Address address) {
  const Mapping* mapping = mapping_at(module, address);
  return mapping && mapping->executable;
}

/// Nothing's, or named by PR_SET_VMA_ANON_NAME. The vdso and its like are the kernel's.
bool is_programs_own(const Mapping& mapping) {
  return mapping.executable && (mapping.path.empty() || mapping.path.starts_with("[anon:"));
}

}  // namespace

/// One module for each page that a probe names: such mappings grow, merge and split at any time, so
/// where one begins says nothing.
void Arming::add_bare_code(std::vector<Module>& modules,
                           const std::vector<Mapping>& mappings) const {
  constexpr std::uint64_t page = 4096;
  for (const ProbeSpec& probe : probes_) {
    const auto* absolute = std::get_if<ProbeSpec::Absolute>(&probe.what);
    if (!absolute) continue;
    const Address address = absolute->address, base{address.value / page * page};
    const auto there = [&](const Module& m) {
      return holds(m, address) || (m.path == bare_code && m.base == base);
    };
    if (std::any_of(modules.begin(), modules.end(), there)) continue;
    for (const Mapping& mapping : mappings) {
      if (!mapping.range.contains(address) || !is_programs_own(mapping)) continue;
      Mapping one = mapping;
      one.range = {base, base + page};
      modules.push_back({bare_code, "", base, false, {one}});
    }
  }
}

std::vector<Location> Arming::bare_locations(const Module& module) const {
  std::vector<Location> all;
  for (std::size_t i = 0; i < probes_.size(); ++i)
    if (const auto* absolute = std::get_if<ProbeSpec::Absolute>(&probes_[i].what))
      if (mapping_at(module, absolute->address))
        all.push_back({static_cast<ProbeId>(i), absolute->address, "", {}, "", 0});
  return all;
}

}  // namespace sidestep::core
