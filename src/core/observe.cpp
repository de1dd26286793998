// What is seen at an arrival, before the thread goes on: conditions, values, stacks, calls that
// begin and calls that end. Only at sites that are watched; all others pay for a few comparisons.
#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "core/engine.hpp"
#include "core/payload.hpp"
#include "core/stopped_scene.hpp"

namespace sidestep::core {

bool Engine::watches(const Thread& thread, const Site& site) const {
  if (thread.role != Role::Member || draining_) return false;
  const bool for_probe = site.plan.purpose == Purpose::Probe;
  const bool stacks = options_.stack_frames && options_.hit_records;
  return site.returns_here || (for_probe && (site.books.watch() || stacks));
}

/// Fills in what came of the look: an arrival may be dropped by the conditions of its probes, or
/// come too late.
void Engine::observe(Thread& thread, StopEvent& event, Nanoseconds woke) {
  auto* trap = std::get_if<stop::Trap>(&event);
  auto* sequence = std::get_if<stop::Sequence>(&event);
  if ((!trap && !sequence) || (trap && (trap->echo || trap->early))) return;
  Site& site = thread.process->sites.get(trap ? trap->site : sequence->site);
  const Seen seen = see(thread, site, woke, trap ? reports_left() : ~std::uint64_t{0});
  if (trap) trap->early = seen == Seen::Late;
  (trap ? trap->filtered : sequence->filtered) = seen == Seen::Filtered;
}

/// An arrival, which is late if the call returns that it shows are `most` already.
Engine::Seen Engine::see(Thread& thread, Site& site, Nanoseconds woke, std::uint64_t most) {
  thread.sighting.payload.clear();
  thread.sighting.events = static_cast<std::uint32_t>(site.probes().size());
  if (!watches(thread, site)) return Seen::Counts;
  StoppedScene scene(kernel_, parts_.arch, parts_.arming, thread, site.plan.address);
  if (site.returns_here) end_calls(thread, site, scene, woke);
  if (site.plan.purpose != Purpose::Probe) return Seen::Counts;
  // The returns that this stop has shown are the last that --limit allows.
  if (thread.returned.size() >= most) return Seen::Late;
  return look(thread, site, scene, woke) ? Seen::Counts : Seen::Filtered;
}

/// False: all of the site's probes have dropped it.
bool Engine::look(Thread& thread, Site& site, StoppedScene& scene, Nanoseconds woke) {
  static const Observations none;
  const auto& watch = site.books.watch();
  const Observations& all = watch ? *watch->observations : none;
  std::vector<std::uint8_t>& hit = thread.sighting.payload;
  std::vector<std::uint8_t>& call = call_;
  call.assign(all.size(), 0);
  hit.assign(site.probes().size(), watch ? 0 : 1);
  thread.sighting.fired.assign(all.size(), 0);
  std::uint32_t events = watch ? 0 : static_cast<std::uint32_t>(site.probes().size());
  bool follow = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!holds(all[i].condition, scene)) continue;
    thread.sighting.fired[i] = 1;
    (all[i].at_return ? call : hit)[i] = 1;
    if (options_.hit_records)
      capture(all[i].at_entry.program, scene, all[i].at_return ? call : hit);
    follow |= all[i].at_return;
    events += !all[i].at_return;
  }
  thread.sighting.events = events;
  if (!events && !follow) return false;
  const Stack stack = unwind(thread, scene);
  append(hit, stack);
  if (!follow) return true;
  append(call, stack);
  begin_call(thread, site, scene, call, woke);
  return true;
}

/// The arrival stands at a function's entry: its return is awaited.
void Engine::begin_call(Thread& thread, const Site& site, StoppedScene& scene,
                        std::vector<std::uint8_t> seen, Nanoseconds woke) {
  Process& process = *thread.process;
  const Registers* regs = scene.registers();
  const auto returns_to = regs ? scene.word(parts_.arch.return_slot(*regs)) : std::nullopt;
  if (!returns_to) return;
  const Address back{*returns_to};
  if (!parts_.arming.arm_return(process, back, thread.tid)) return say_not_followed(process, back);
  const Lane lane = lane_of(thread, scene, parts_.arch.stack_after_return(*regs));
  Call call{site.plan.id, site.books.watch(), lane.key,       back, thread.tid,
            woke,         thread.kept,        std::move(seen)};
  lane.calls->enter(std::move(call), how_entered(process, site, back, thread.tid));
}

/// The call that is before the return address says where it leads, if it is a direct one.
Calls::Entry Engine::how_entered(Process& process, const Site& site, Address back, Tid by) {
  if (std::exchange(process.targets_version, process.modules_version) != process.modules_version)
    process.call_targets.clear();
  const auto [known, is_new] = process.call_targets.try_emplace(back);
  if (is_new) {
    constexpr std::uint64_t longest_call = 8;
    std::array<std::uint8_t, longest_call> before{};
    const Address from = back - longest_call;
    if (kernel_.read(by, from, before) == before.size()) {
      parts_.arming.hide_own_traps(process, from, before);
      known->second = parts_.arch.call_before(before, from).target;
    }
  }
  return known->second == site.plan.address ? Calls::Entry::ByCall : Calls::Entry::Uncertain;
}

/// Each reason once a process.
void Engine::say_not_followed(const Process& process, Address back) {
  const std::string* known = parts_.arming.why_not_followed(process, back);
  const std::string why = known ? *known : "it can't be armed";
  if (!not_followed_.insert({process.pid, why}).second) return;
  char where[24];
  std::snprintf(where, sizeof where, "0x%llx", static_cast<unsigned long long>(back.value));
  parts_.recorder.notice(
      process.pid, std::string("returns to ") + where + " (and the like) are not followed: " + why);
}

/// Go moves stacks and lets goroutines change threads: there a call belongs to its goroutine, and
/// is known by its distance from the top of that one's stack.
Engine::Lane Engine::lane_of(Thread& thread, StoppedScene& scene, Address stack) {
  Process& process = *thread.process;
  Lane own{&thread.calls, stack.value};
  if (!is_go(process) || !scene.registers()) return own;
  const Architecture::CurrentG g = parts_.arch.current_g(*scene.registers());
  if (const auto stored = scene.word(g.stored))
    if (const auto lane = goroutine_lane(process, scene, {*stored}, stack)) return *lane;
  return goroutine_lane(process, scene, {g.kept}, stack).value_or(own);
}

std::optional<Engine::Lane> Engine::goroutine_lane(Process& process, StoppedScene& scene, Address g,
                                                   Address stack) {
  const auto low = scene.word(g), high = scene.word(g + 8);  // runtime.g begins with its stack
  if (!low || !high || stack.value <= *low || stack.value > *high) return std::nullopt;
  return Lane{&process.goroutines[g], *high - stack.value};
}

bool Engine::is_go(Process& process) {
  if (process.go_version != process.modules_version) {
    process.go_version = process.modules_version;
    process.go = std::any_of(process.modules.begin(), process.modules.end(),
                             [&](const Module& m) { return parts_.resolver.is_go(m); });
  }
  return process.go;
}

/// Calls that return here, if their stack pointer says so: others come by as well (a second return
/// of setjmp, calls that began before we came). And the program may jump here: the code behind a
/// call is often where a catch block goes on. But then other calls have been made since, and where
/// this one had its return address there is another now; behind a return it still is there, as no
/// signal handler uses that memory (the red zone).
void Engine::end_calls(Thread& thread, const Site& site, StoppedScene& scene, Nanoseconds woke) {
  const Registers* regs = scene.registers();
  if (!regs) return;
  const Architecture& arch = parts_.arch;
  const auto popped =
      static_cast<std::uint64_t>(arch.stack_after_return(*regs) - arch.return_slot(*regs));
  if (scene.word(arch.stack(*regs) - popped) != site.plan.address.value) return;
  const Lane lane = lane_of(thread, scene, parts_.arch.stack(*regs));
  ended_.clear();
  lane.calls->leave(lane.key, site.plan.address, ended_);
  for (const Call& call : ended_) {
    if (thread.returned.size() >= reports_left()) break;  // --limit: unfinished
    const Nanoseconds gross = woke - call.entered;
    // A goroutine that has changed threads since: what kept it is not known.
    const Nanoseconds kept = call.entered_by == thread.tid ? thread.kept - call.kept : 0;
    end_call(thread, call, scene, gross, gross - kept);
  }
}

void Engine::end_call(Thread& thread, const Call& call, StoppedScene& scene, Nanoseconds gross,
                      Nanoseconds net) {
  const Observations& all = *call.watch->observations;
  scene.set_times(gross, net);
  Returned returned{call.site, {}, 0};
  std::vector<std::uint8_t> flags(all.size(), 0), items;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].at_return || !call.seen_at_entry[i]) continue;
    ProbeBooks& books = call.watch->books[i];
    ++books.returns;
    if (net < options_.min_time || !holds(all[i].exit_condition, scene)) {
      ++books.dropped;
      continue;
    }
    flags[i] = 1;
    ++returned.events;
    if (options_.hit_records) capture(all[i].at_exit.program, scene, items);
  }
  if (!returned.events) return;
  std::vector<std::uint8_t>& out = returned.payload;
  append(out, gross);
  append(out, net);
  out.insert(out.end(), flags.begin(), flags.end());
  append(out, static_cast<std::uint32_t>(call.seen_at_entry.size()));
  out.insert(out.end(), call.seen_at_entry.begin(), call.seen_at_entry.end());
  out.insert(out.end(), items.begin(), items.end());
  thread.returned.push_back(std::move(returned));
}

Stack Engine::unwind(Thread& thread, StoppedScene& scene) {
  Process& process = *thread.process;
  Stack stack;
  stack.modules = process.modules_version;
  const bool wanted = options_.stack_frames && options_.hit_records && parts_.unwinder;
  if (!wanted || !scene.registers()) return stack;
  if (process.unwound_with != process.modules_version) {
    parts_.unwinder->set_modules(process.pid, kernel_.mappings(thread.tid), process.modules);
    process.unwound_with = process.modules_version;
  }
  parts_.unwinder->unwind(
      process.pid, [&](unsigned number) { return scene.general(number).value_or(0); },
      [&](Address from, std::span<std::uint8_t> to) { return scene.read(from, to); },
      options_.stack_frames, stack.frames);
  return stack;
}

/// Returns that this stop has shown. The thread runs again by now.
void Engine::report_returns(Thread& thread, Nanoseconds woke) {
  for (Returned& returned : std::exchange(thread.returned, {})) {
    if (reports_left() == 0) break;
    emit(Record::Kind::Return, thread, returned.site, woke, returned.payload);
    thread.seq += returned.events;
    count_report();
  }
}

}  // namespace sidestep::core
