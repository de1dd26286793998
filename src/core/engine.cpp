#include "core/engine.hpp"

#include <algorithm>
#include <cassert>

namespace sidestep::core {

namespace {

/// Group-stopped, and let out of the stop to end its turn in place: now it would run on.
bool has_to_stop_again(const Thread& thread, const Transition& t) {
  if (!thread.group_stopped) return false;
  const bool would_run = std::holds_alternative<state::Free>(t.next) ||
                         std::holds_alternative<state::InCall>(t.next) ||
                         std::holds_alternative<state::Parked>(t.next);
  return would_run && t.resume.how != Resume::How::Detach;
}

bool is_trap(const RawStop& raw) {
  constexpr int sigtrap = 5;
  return raw.kind == RawStop::Kind::Signal && raw.code == sigtrap;
}

/// The program runs again, with nothing of a hit left to do.
bool is_on_its_way(const ThreadState& s) {
  return std::holds_alternative<state::Free>(s) || std::holds_alternative<state::InCall>(s);
}

}  // namespace

Engine::Engine(const Parts& parts, EngineOptions options)
    : parts_(parts), kernel_(parts.kernel), options_(std::move(options)) {
  if (parts_.journal)
    parts_.arming.on_site([journal = parts_.journal](const SitePlan& p) { journal->site(p); });
}

Result<void> Engine::run() {
  arm_attached();
  while (!threads_.empty() || !announced_.empty()) {
    check_requests();
    if (draining_) {
      drain();
      break;
    }
    if (const auto raw = kernel_.wait(Kernel::WaitFor::Block))
      handle(*raw);
    else if (kernel_.alone())
      break;
  }
  while (!processes_.empty()) end_process(*processes_.front());
  account_.sites = parts_.arming.retired();
  for (const auto& [id, watch] : parts_.arming.retired_watches())
    account_.watched[id] = watch->books;
  if (!account_.disarmed_at) account_.disarmed_at = kernel_.now();
  if (failure_) return *failure_;
  return {};
}

/// One round, not until there is nothing more: a program that makes signals of its own without a
/// pause would keep us for ever. False: nobody had stopped.
bool Engine::serve_round() {
  bool any = false;
  for (std::size_t left = threads_.size() + announced_.size() + 1; left; --left) {
    const auto raw = kernel_.wait(Kernel::WaitFor::Poll);
    if (!raw) break;
    any = true;
    const Tid tid = raw->tid;
    handle(*raw);
    // Seen, and resumed by us; but a trap may be queued behind a SIGCONT.
    if (Thread* thread = find(tid)) thread->drained = !kernel_.trap_pending(tid);
  }
  return any;
}

void Engine::check_requests() {
  // Looked at once a stop; an exchange each time would be dear.
  if (interim_requested_ && interim_requested_.exchange(false)) parts_.recorder.interim(interim());
  if (!stop_requested_ || stop_seen_) return;
  stop_seen_ = true;
  account_.ended_by_us = true;
  begin_drain();
}

Account Engine::interim() const {
  Account now = account_;
  now.disarmed_at = kernel_.now();
  now.sites = parts_.arming.retired();
  for (const auto& [id, watch] : parts_.arming.retired_watches()) now.watched[id] = watch->books;
  for (const auto& process : processes_) {
    now.processes.emplace_back(process->pid, process->exit);
    process->sites.for_each([&](const Site& site) {
      now.sites.set(site.plan.id, site.books.tally());
      if (const auto& watch = site.books.watch()) now.watched[site.plan.id] = watch->books;
    });
  }
  return now;
}

View Engine::view_of(const Thread& thread) const {
  const Process& process = *thread.process;
  return {thread.state,     thread.role,   process.state,
          process.start_up, process.sites, parts_.policy,
          parts_.own_sites, draining_,     draining_ && thread.group_stopped};
}

void Engine::handle(const RawStop& raw) {
  const Nanoseconds woke = raw.at;
  ++account_.waits;
  if (raw.kind == RawStop::Kind::Exited || raw.kind == RawStop::Kind::Killed) return bury(raw);
  Thread* thread = find(raw.tid);
  if (!thread) thread = adopt(raw);
  if (!thread) return;
  if (raw.kind == RawStop::Kind::Exec) replace_image(thread, raw);
  if (raw.kind == RawStop::Kind::Clone || raw.kind == RawStop::Kind::Vfork) announce(*thread);
  if (!std::holds_alternative<state::Borrowed>(thread->state)) thread->woke = woke;
  const auto pc = is_trap(raw) ? kernel_.pc(raw.tid) : std::nullopt;
  if (pc && take_shortcut(*thread, *pc, woke)) return;
  const auto event = decode(*thread, raw, pc);
  if (!event) return;  // killed while we looked: its end will be reported
  note_interrupted(*thread, *event);
  note_sequence(*thread, *event);
  if (goes_on_errand(*thread, *event)) return;
  dispatch(*thread, *event, woke);
}

/// One event through the state machine, and its consequences in the one fixed order: effects,
/// resume, books, records.
void Engine::dispatch(Thread& thread, StopEvent event, Nanoseconds woke) {
  Process& process = *thread.process;
  observe(thread, event, woke);
  if (std::holds_alternative<stop::Group>(event)) thread.group_stopped = true;
  if (std::holds_alternative<stop::Nudge>(event)) thread.group_stopped = false;  // SIGCONT
  const View view = view_of(thread);
  const Transition t = advance(view, event);
  if (parts_.journal) parts_.journal->step(thread.tid, view, event, t);
  for (const Effect& effect : t.effects) apply(thread, effect);
  if (has_to_stop_again(thread, t)) kernel_.interrupt(thread.tid);
  change_state(thread, t.next);
  if (t.process) process.state = *t.process;
  if (t.resume.how == Resume::How::Stay)
    kernel_.keep(thread.tid);
  else
    kernel_.resume(thread.tid, t.resume);
  settle(thread, t);
  clock_hit(thread, event, woke);
  if (!thread.returned.empty()) report_returns(thread, woke);
  if (t.verdict == Verdict::Hit) report(thread, process.sites.get(t.site), woke);
  if (t.resume.how == Resume::How::Detach) {
    kernel_.forget_memory(thread.tid);
    remove(thread);
    return follow_up(process);
  }
  if (thread.deferred && std::holds_alternative<state::Free>(thread.state) &&
      t.resume.how == Resume::How::Stay)
    return finish_borrow(thread);
  follow_up(process);
}

void Engine::change_state(Thread& thread, const ThreadState& next) {
  Process& process = *thread.process;
  const auto waits = [](const ThreadState& s) { return std::holds_alternative<state::Waiting>(s); };
  process.running += runs(next);
  process.running -= runs(thread.state);
  if (waits(next) && !waits(thread.state)) process.turns.push_back(thread.tid);
  thread.state = next;
}

/// Books what became of a trap.
void Engine::settle(Thread& thread, const Transition& t) {
  if (t.site == SiteId::None) return;
  Site& site = thread.process->sites.get(t.site);
  book(thread, site, t.verdict);
  const bool ours = site.plan.purpose == Purpose::Own;
  const bool was_reported = !ours && thread.role == Role::Member && thread.dropped_at != t.site;
  if (t.undone && was_reported) ++site.books.to_book().undone, ++account_.undone;
}

void Engine::book(Thread& thread, Site& at, Verdict verdict) {
  Tally& site = at.books.to_book();
  switch (verdict) {
    case Verdict::Hit:
      ++site.reported, ++thread.tally.reported;
      thread.dropped_at = SiteId::None;
      break;
    case Verdict::Passed:
      ++site.passed, ++thread.tally.passed;
      break;
    case Verdict::Rewound:
      ++site.rewound, ++thread.tally.rewound;
      break;
    case Verdict::Filtered:
      ++site.filtered, ++thread.tally.filtered;
      thread.dropped_at = at.plan.id;
      break;
    case Verdict::None:
      break;
  }
}

/// How long a hit keeps its thread from the program: from the wait's return to the resume that lets
/// it go, over all the stops in between.
void Engine::clock_hit(Thread& thread, const StopEvent& event, Nanoseconds woke) {
  const bool arrives =
      std::holds_alternative<stop::Trap>(event) || std::holds_alternative<stop::Sequence>(event);
  if (arrives) thread.hit_since = woke;
  if (!thread.hit_since || !is_on_its_way(thread.state)) return;
  book_time(thread, thread.hit_since);
  thread.hit_since = 0;
}

void Engine::book_time(Thread& thread, Nanoseconds since) {
  const Nanoseconds kept = kernel_.now() - since;
  account_.on_hits += kept;
  thread.kept += kept;
}

void Engine::report(Thread& thread, const Site& site, Nanoseconds woke) {
  ++account_.hits;
  const Sighting& seen = thread.sighting;
  if (const auto& watch = site.books.watch())
    for (std::size_t i = 0; i < watch->books.size(); ++i) watch->books[i].hits += seen.fired[i];
  if (seen.events) emit(Record::Kind::Hit, thread, site.plan.id, woke, seen.payload);
  thread.seq += seen.events;
  constexpr std::uint64_t sample_every = 256;
  if (++sample_clock_ % sample_every == 0) audit_sample(*thread.process, thread.tid);
  if (seen.events) count_report();
}

void Engine::emit(Record::Kind kind, const Thread& thread, SiteId site, Nanoseconds woke,
                  std::span<const std::uint8_t> payload) {
  if (!options_.hit_records) return;
  Record record;
  record.kind = kind;
  record.ts = woke;
  record.seq = thread.seq;
  record.site = site;
  record.pid = thread.pid;
  record.tid = thread.tid;
  record.code = static_cast<std::int32_t>(payload.size());
  if (begun_)
    parts_.recorder.record(record, payload);
  else
    before_start_.push_back({record, {payload.begin(), payload.end()}});
}

std::uint64_t Engine::reports_left() const {
  return options_.limit ? *options_.limit - std::min(*options_.limit, reports_) : ~std::uint64_t{0};
}

/// Exactly --limit of them: what trapped beyond that is sent back by the draining.
void Engine::count_report() {
  if (++reports_ != options_.limit) return;
  account_.ended_by_us = true;
  begin_drain();
}

// --- in-place modes: whose turn is it? -----------------------------------------------------------

void Engine::follow_up(Process& process) {
  if (process.state != ProcessState::Quiescing) return;
  if (parts_.policy.stops_others() && process.running) return;
  if (draining_)
    disarm(process);
  else
    take_turn(process);
}

void Engine::take_turn(Process& process) {
  while (!process.turns.empty()) {
    Thread* next = process.find(process.turns.front());
    process.turns.pop_front();
    if (!next || !std::holds_alternative<state::Waiting>(next->state)) continue;  // died
    return dispatch(*next, stop::Turn{}, kernel_.now());
  }
  process.state = ProcessState::Tracing;
  release_all(process);
}

void Engine::release_all(Process& process) {
  std::vector<Thread*> held;
  for (auto& [tid, thread] : process.threads)
    if (std::holds_alternative<state::Parked>(thread->state) ||
        std::holds_alternative<state::Waiting>(thread->state))
      held.push_back(thread.get());
  for (Thread* thread : held) dispatch(*thread, stop::Release{}, kernel_.now());
}

}  // namespace sidestep::core
