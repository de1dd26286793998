#include "session/event_maker.hpp"

#include <algorithm>
#include <utility>

#include "symbols/elf_resolver.hpp"

namespace sidestep::session {
namespace {

std::size_t flagged(std::span<const std::uint8_t> flags) {
  return static_cast<std::size_t>(std::count(flags.begin(), flags.end(), 1));
}

}  // namespace

EventMaker::EventMaker(const Catalog& catalog, std::function<void(const Event&)> write)
    : catalog_(catalog),
      write_(std::move(write)),
      resolver_(symbols::make_resolver()),
      symbolizer_(*resolver_) {}

void EventMaker::forget(Pid pid) {
  symbolizer_.forget(pid);
  named_with_.erase(pid);
}

std::size_t EventMaker::count_hits(const core::Record& record, Payload payload) {
  const std::size_t probes = known(record.site).info->probes.size();
  return payload.empty() ? probes : flagged(payload.first(probes));
}

std::size_t EventMaker::count_returns(const core::Record& record, Payload payload) {
  return flagged(core::exit_flags(payload, *known(record.site).observations));
}

/// Everything but what differs from probe to probe.
template <class Arrival>
Arrival& EventMaker::begin(Event& event, const core::Record& record, const SiteInfo& site) {
  Arrival& arrival = std::get<Arrival>(event);
  arrival.ts = record.ts;
  arrival.pid = record.pid;
  arrival.tid = record.tid;
  arrival.site = &site;
  arrival.seq = record.seq;
  arrival.stack = frames(record.pid, seen_.stack);
  arrival.comm = names_.of(record);
  return arrival;
}

void EventMaker::make_hits(const core::Record& record, Payload payload) {
  const auto& [where, all] = known(record.site);
  static const core::Capture nothing;
  static const core::Sight unseen;
  const bool all_probes = payload.empty();
  if (all_probes)
    seen_.stack.frames.clear();
  else
    core::read_hit(payload, *all, seen_);
  HitEvent& hit = begin<HitEvent>(hit_, record, *where);
  for (std::size_t i = 0; i < where->probes.size(); ++i) {
    if (!all_probes && !seen_.entry[i].fired) continue;
    hit.probe = where->probes[i];
    set_values(all_probes ? nothing : (*all)[i].at_entry, all_probes ? unseen : seen_.entry[i],
               record.pid, hit.args, hit_named_by_);
    write_(hit_);
    ++hit.seq;
  }
}

void EventMaker::make_returns(const core::Record& record, Payload payload) {
  const auto& [where, all] = known(record.site);
  core::read_return(payload, *all, seen_);
  ReturnEvent& returned = begin<ReturnEvent>(returned_, record, *where);
  returned.gross = seen_.gross;
  returned.net = seen_.net;
  for (std::size_t i = 0; i < all->size(); ++i) {
    if (!seen_.exit[i].fired) continue;
    returned.probe = where->probes[i];
    set_values((*all)[i].at_entry, seen_.entry[i], record.pid, returned.args, returned_named_by_);
    add_exit_values((*all)[i].at_exit, seen_.exit[i], returned);
    write_(returned_);
    ++returned.seq;
  }
}

void EventMaker::add_exit_values(const core::Capture& capture, const core::Sight& sight,
                                 ReturnEvent& returned) {
  returned.ret.reset();
  set_values(capture, sight, returned.pid, at_exit_, at_exit_named_by_);
  for (auto& [name, value] : at_exit_)
    if (name == "retval")
      returned.ret = std::move(value);
    else
      returned.args.push_back({name, std::move(value)});
}

/// Replaces what `to` held: an earlier event's values, which had the same names most of the time.
void EventMaker::set_values(const core::Capture& capture, const core::Sight& sight, Pid pid,
                            std::vector<Argument>& to, const core::Capture*& named_by) {
  to.resize(capture.values.size());
  const bool rename = std::exchange(named_by, &capture) != &capture;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto& [label, shape] = capture.values[i];
    if (rename) to[i].name = label;
    to[i].value = core::to_value(shape, sight.items);
    name_functions(to[i].value, pid);
  }
}

/// Names are those of the modules at the time of the arrival.
void EventMaker::use_modules(Pid pid, std::uint32_t version) {
  if (std::exchange(named_with_[pid], version) == version) return;
  if (const auto mapped = catalog_.mapped(version))
    symbolizer_.set_modules(pid, mapped->mappings, mapped->modules);
}

std::vector<Frame> EventMaker::frames(Pid pid, const core::Stack& stack) {
  if (stack.frames.empty()) return {};
  use_modules(pid, stack.modules);
  return symbolizer_.frames(pid, stack.frames);
}

/// Also those in structures and arrays.
void EventMaker::name_functions(Value& value, Pid pid) {
  if (auto* pointer = std::get_if<Value::Pointer>(&value.what)) {
    if (!pointer->to_function || !pointer->to) return;
    use_modules(pid, seen_.stack.modules);
    pointer->name = symbolizer_.function(pid, pointer->to);
  } else if (auto* aggregate = std::get_if<Value::Aggregate>(&value.what)) {
    for (auto& [name, member] : aggregate->members) name_functions(member, pid);
  } else if (auto* array = std::get_if<Value::Array>(&value.what)) {
    for (Value& element : array->elements) name_functions(element, pid);
  }
}

const EventMaker::Known& EventMaker::known(SiteId id) {
  constexpr std::size_t size = std::tuple_size_v<KnownBlock>;
  const auto index = static_cast<std::size_t>(id);
  if (index / size >= sites_.size()) sites_.resize(index / size + 1);
  auto& block = sites_[index / size];
  if (!block) block = std::make_unique<KnownBlock>();
  Known& site = (*block)[index % size];
  if (site.info) return site;
  site.info = &catalog_.get(id);
  site.observations = catalog_.observations(id);
  if (!site.observations) site.observations = &plain(site.info->probes.size());
  return site;
}

const core::Observations& EventMaker::plain(std::size_t probes) {
  while (plain_.size() <= probes) plain_.emplace_back(plain_.size());
  return plain_[probes];
}

}  // namespace sidestep::session
