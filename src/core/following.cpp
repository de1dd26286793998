// Arming's part for probes that want to see more than arrivals: what they capture is compiled here,
// and the addresses that calls return to are armed.
#include <algorithm>

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
  if (Site* known = process.sites.at(returns_to)) {
    known->returns_here = known->armed;
    return known->armed;
  }
  Space& here = space(process);
  if (here.not_followed.contains(returns_to)) return false;
  if (auto why = cannot_return_to(process, returns_to, by)) {
    here.not_followed[returns_to] = std::move(*why);
    return false;
  }
  arm_pending(process, by);
  Site* armed = process.sites.at(returns_to);
  if (armed) armed->returns_here = true;
  return armed != nullptr;
}

const std::string* Arming::why_not_followed(const Process& process, Address returns_to) const {
  const auto here = spaces_.find(&process);
  if (here == spaces_.end()) return nullptr;
  const auto found = here->second.not_followed.find(returns_to);
  return found == here->second.not_followed.end() ? nullptr : &found->second;
}

/// Only where the bytes before are a call that ends there, in code that a file backs: what a stack
/// holds may be anything. Stages the site if there is nothing against it.
std::optional<std::string> Arming::cannot_return_to(Process& process, Address returns_to, Tid by) {
  constexpr std::uint64_t longest_call = 8;
  const auto module = std::find_if(
      process.modules.begin(), process.modules.end(),
      [&](const Module& m) { return mapping_at(m, returns_to) && m.path != bare_code; });
  if (module == process.modules.end()) return "it returns to code that no file backs";
  const Mapping* mapping = mapping_at(*module, returns_to);
  const bool fixed = mapping->executable && !mapping->writable && !mapping->shared;
  if (!fixed) return "it returns to code that may be written to";
  const Address from = std::max(mapping->range.begin, returns_to - longest_call);
  if (!arch_.call_before(program_bytes(process, {from, returns_to}, by), from).is_call)
    return "there is no call before the address that it returns to";
  Location location{ProbeId{}, returns_to, "", {}, "", 0};
  location.is_boundary = true;
  auto found = look(process, *module, location, {}, by);
  if (const auto* refusal = std::get_if<Refusal>(&found)) return refusal->text;
  stage(process, *module, location, std::get<Instruction>(found), {}, Hook::None, by);
  if (const auto staged = space(process).pending.find(returns_to);
      staged != space(process).pending.end())
    place(process, *staged->second);
  return std::nullopt;
}

}  // namespace sidestep::core
