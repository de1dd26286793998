// Arming's part for probes that want to see more than arrivals: what they capture is compiled here,
// and the addresses that calls return to are armed.
#include <algorithm>
#include <utility>

#include "core/arming.hpp"
#include "core/modules.hpp"

namespace sidestep::core {

/// nullptr: all of these probes only count. One that can't be compiled here is taken out of
/// `probes`, with a reason.
std::shared_ptr<const Observations> Arming::observations(const Module& module,
                                                         const Location& location,
                                                         std::vector<ProbeId>& probes) {
  auto all = std::make_shared<Observations>();
  std::erase_if(probes, [&](ProbeId id) {
    const ProbeSpec& spec = probes_[static_cast<std::size_t>(id)];
    if (spec.plain()) {
      all->emplace_back();
      return false;
    }
    Location here = location;
    here.probe = id;
    auto compiled = resolver_.compile(module, here, spec, limits_);
    if (compiled) {
      all->push_back(std::move(*compiled));
      return false;
    }
    mistakes_.try_emplace(id, compiled.error());
    refuse(module, location, {id}, compiled.error().message);
    return true;
  });
  const bool plain =
      std::all_of(all->begin(), all->end(), [](const Observation& o) { return o.plain(); });
  return plain ? nullptr : std::move(all);
}

bool Arming::arm_return(Process& process, Address returns_to, Tid by) {
  constexpr std::size_t most_remembered = 4096;  // a JIT compiler may call from ever new places
  Space& here = space(process);
  const bool outdated =
      std::exchange(here.not_followed_in, process.modules_version) != process.modules_version;
  if (outdated || here.not_followed.size() > most_remembered) here.not_followed.clear();
  Site* site = process.sites.at(returns_to);
  if (!site && here.not_followed.contains(returns_to)) return false;
  if (!site) {
    auto followed = follow(process, returns_to, by);
    if (auto* why = std::get_if<std::string>(&followed)) {
      here.not_followed[returns_to] = std::move(*why);
      return false;
    }
    site = std::get<Site*>(followed);
  }
  site->returns_here = site->armed;
  return site->armed;
}

const std::string* Arming::why_not_followed(const Process& process, Address returns_to) const {
  const auto here = spaces_.find(&process);
  if (here == spaces_.end()) return nullptr;
  const auto found = here->second.not_followed.find(returns_to);
  return found == here->second.not_followed.end() ? nullptr : &found->second;
}

/// Only where the bytes before are a call that ends there, in code that a file backs: what a stack
/// holds may be anything.
std::variant<Site*, std::string> Arming::follow(Process& process, Address returns_to, Tid by) {
  constexpr std::uint64_t longest_call = 8;
  auto& pending = space(process).pending;
  if (pending.contains(returns_to)) return "that is just being armed";
  const auto module = std::find_if(
      process.modules.begin(), process.modules.end(),
      [&](const Module& m) { return mapping_at(m, returns_to) && m.path != bare_code; });
  if (module == process.modules.end()) return "no file backs that code";
  const Mapping* mapping = mapping_at(*module, returns_to);
  const bool fixed = mapping->executable && !mapping->writable && !mapping->shared;
  if (!fixed) return "that code may be written to";
  const Address from = std::max(mapping->range.begin, returns_to - longest_call);
  if (!arch_.call_before(program_bytes(process, {from, returns_to}, by), from).is_call)
    return "there is no call before it";
  Location location{ProbeId{}, returns_to, "", {}, "", 0};
  location.is_boundary = true;
  auto found = look(process, *module, location, {}, by);
  if (const auto* refusal = std::get_if<Refusal>(&found)) return refusal->text;
  stage(process, *module, location, std::get<Instruction>(found), {}, Hook::None, by);
  auto staged = pending.extract(returns_to);
  place(process, staged.mapped());
  if (Site* armed = arm(process, std::move(staged.mapped()), by)) return armed;
  return "that code can't be written";
}

/// For whoever has to name addresses that are taken from now on.
void Arming::modules_changed(Process& process, const std::vector<Mapping>& mappings) {
  process.modules_version = ++modules_version_;
  catalog_.modules(process.modules_version, mappings, process.modules);
}

}  // namespace sidestep::core
