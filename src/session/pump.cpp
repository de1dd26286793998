#include "session/pump.hpp"

#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <chrono>

#include "linux/proc.hpp"
#include "symbols/elf_resolver.hpp"

namespace sidestep::session {
namespace {

using core::Record;
using Kind = Record::Kind;

constexpr std::size_t queue_length = 1 << 16;
constexpr std::size_t queued_bytes = 1 << 22;
constexpr Nanoseconds name_lasts = 100'000'000;  // a thread may rename itself
constexpr auto nap = std::chrono::milliseconds(1);
constexpr int naps_before_sleep = 50;

std::int64_t realtime_at(Nanoseconds monotonic) {
  timespec real{}, mono{};
  clock_gettime(CLOCK_REALTIME, &real);
  clock_gettime(CLOCK_MONOTONIC, &mono);
  const auto ns = [](const timespec& t) { return t.tv_sec * 1'000'000'000LL + t.tv_nsec; };
  return ns(real) - (ns(mono) - monotonic);
}

ExitStatus to_exit(int status) {
  if (WIFSIGNALED(status)) return Signaled{WTERMSIG(status)};
  return Exited{WEXITSTATUS(status)};
}

/// Signals to the process are for the threads that wait for them.
std::thread start_without_signals(std::function<void()> f) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(f));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

std::size_t flagged(std::span<const std::uint8_t> flags) {
  return static_cast<std::size_t>(std::count(flags.begin(), flags.end(), 1));
}

}  // namespace

Pump::Pump(const SessionOptions& options, const Catalog& catalog, EventSink& sink,
           std::function<void()> on_failure)
    : options_(options),
      catalog_(catalog),
      sink_(sink),
      on_failure_(std::move(on_failure)),
      resolver_(symbols::make_resolver()),
      symbolizer_(*resolver_),
      ring_(queue_length),
      bytes_(queued_bytes),
      thread_(start_without_signals([this] { run(); })) {}

Pump::~Pump() {
  finish();
}

// --- tracing thread ------------------------------------------------------------------------------

void Pump::record(const Record& record, std::span<const std::uint8_t> payload) {
  if (record.kind == Kind::Started) started_ = true;
  ring_.push(record);
  if (!payload.empty()) bytes_.push(payload);
}

void Pump::notice(Pid pid, std::string text) {
  Record record;
  record.kind = Kind::Notice;
  record.pid = pid;
  {
    const std::lock_guard lock(texts_mutex_);
    record.code = static_cast<std::int32_t>(texts_.size());
    texts_.push_back(std::move(text));
  }
  ring_.push(record);
}

void Pump::note(Pid pid, std::string text) {
  if (started_) return notice(pid, std::move(text));
  const std::lock_guard lock(texts_mutex_);
  notes_.push_back(std::move(text));
}

void Pump::interim(const core::Account& account) {
  Record record;
  record.kind = Kind::Interim;
  {
    const std::lock_guard lock(texts_mutex_);
    record.code = static_cast<std::int32_t>(interims_.size());
    interims_.push_back(summarise(options_, account, catalog_, 0));
    interims_.back().interim = true;
  }
  ring_.push(record);
}

// --- output thread -------------------------------------------------------------------------------

/// Polls while records come, since waking a sleeper for each would cost more than a hit; sleeps
/// when none has come for a while.
void Pump::run() {
  int naps = 0;
  for (;;) {
    Record record;
    bool any = false;
    while (ring_.pop(record)) {
      any = true;
      expand(record);
    }
    if (any) flush();
    if (finishing_ && ring_.empty()) return;
    naps = any ? 0 : naps + 1;
    if (naps < naps_before_sleep)
      std::this_thread::sleep_for(nap);
    else
      ring_.sleep_until_pushed();
  }
}

void Pump::finish() {
  if (!thread_.joinable()) return;
  finishing_ = true;
  Record end;
  end.kind = Kind::End;
  ring_.push(end);  // wakes the thread
  thread_.join();
}

void Pump::flush() {
  if (error_ || skip_) return;
  if (auto flushed = sink_.flush(); !flushed) {
    error_ = flushed.error();
    if (on_failure_) on_failure_();
  }
}

void Pump::write(const Event& event) {
  if (error_ || skip_)
    ++lost_;
  else
    sink_.write(event);
}

void Pump::write_last(const Summary& summary) {
  if (error_) return;
  sink_.write(Event{summary});
  if (auto flushed = sink_.flush(); !flushed) error_ = flushed.error();
}

void Pump::expand(const Record& record) {
  switch (record.kind) {
    case Kind::Hit:
      return write_hits(record);
    case Kind::Return:
      return write_returns(record);
    case Kind::Started:
      return write_start(record);
    case Kind::ThreadStarted:
      return write(ThreadEvent{record.ts,
                               record.pid,
                               record.tid,
                               comm_of(record),
                               ThreadEvent::What::Started,
                               {},
                               record.seq});
    case Kind::ThreadExited:
      write(ThreadEvent{record.ts, record.pid, record.tid, comm_of(record),
                        ThreadEvent::What::Exited, to_exit(record.code), record.seq});
      names_.erase(record.tid);
      return;
    case Kind::ProcessExited:
      symbolizer_.forget(record.pid);
      named_with_.erase(record.pid);
      return write(ExitEvent{record.ts, record.pid, to_exit(record.code), comm_of(record)});
    case Kind::Armed:  // given back on the thread that keeps nobody waiting
      malloc_trim(0);
      return;
    case Kind::Notice: {
      const std::lock_guard lock(texts_mutex_);
      return write(GapEvent{record.ts, record.pid, texts_[static_cast<std::size_t>(record.code)]});
    }
    case Kind::Interim: {
      const std::lock_guard lock(texts_mutex_);
      if (!error_ && !skip_) sink_.write(Event{interims_[static_cast<std::size_t>(record.code)]});
      return;
    }
    case Kind::End:
      return;
  }
}

std::span<const std::uint8_t> Pump::payload_of(const Record& record) {
  payload_.resize(static_cast<std::size_t>(record.code));
  if (!payload_.empty()) bytes_.pop(payload_);
  return payload_;
}

/// One event for each probe that the site serves, and that has not dropped it.
void Pump::write_hits(const Record& record) {
  const SiteInfo& where = site(record.site);
  const auto payload = payload_of(record);
  const std::size_t probes = where.probes.size();
  if (error_ || skip_) return lose(payload.empty() ? probes : flagged(payload.first(probes)));
  const core::Observations& all = observations(record.site);
  const core::Sights seen = payload.empty() ? core::Sights{} : core::read_hit(payload, all);
  HitEvent& hit = std::get<HitEvent>(hit_);
  hit.ts = record.ts;
  hit.pid = record.pid;
  hit.tid = record.tid;
  hit.site = &where;
  hit.seq = record.seq;
  hit.stack = frames(record.pid, seen.stack);
  hit.comm = comm_of(record);
  for (std::size_t i = 0; i < where.probes.size(); ++i) {
    if (!seen.entry.empty() && !seen.entry[i].fired) continue;
    hit.probe = where.probes[i];
    hit.args.clear();
    if (!seen.entry.empty())
      add_values(all[i].at_entry, seen.entry[i], record.pid, seen.stack.modules, hit.args);
    write(hit_);
    ++hit.seq;
  }
}

void Pump::write_returns(const Record& record) {
  const SiteInfo& where = site(record.site);
  const auto payload = payload_of(record);
  const core::Observations& all = observations(record.site);
  if (error_ || skip_) return lose(flagged(core::exit_flags(payload, all)));
  const core::Sights seen = core::read_return(payload, all);
  ReturnEvent returned;
  returned.ts = record.ts;
  returned.pid = record.pid;
  returned.tid = record.tid;
  returned.site = &where;
  returned.seq = record.seq;
  returned.gross = seen.gross;
  returned.net = seen.net;
  returned.stack = frames(record.pid, seen.stack);
  returned.comm = comm_of(record);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!seen.exit[i].fired) continue;
    returned.probe = where.probes[i];
    returned.args.clear();
    returned.ret.reset();
    const std::uint32_t modules = seen.stack.modules;
    add_values(all[i].at_entry, seen.entry[i], record.pid, modules, returned.args);
    std::vector<Argument> at_exit;
    add_values(all[i].at_exit, seen.exit[i], record.pid, modules, at_exit);
    for (Argument& value : at_exit)
      if (value.name == "retval")
        returned.ret = std::move(value.value);
      else
        returned.args.push_back(std::move(value));
    write(Event{returned});
    ++returned.seq;
  }
}

/// Names are those of the modules at the time of the arrival.
void Pump::use_modules(Pid pid, std::uint32_t version) {
  if (std::exchange(named_with_[pid], version) == version) return;
  if (const auto mapped = catalog_.mapped(version))
    symbolizer_.set_modules(pid, mapped->mappings, mapped->modules);
}

std::vector<Frame> Pump::frames(Pid pid, const core::Stack& stack) {
  if (stack.frames.empty()) return {};
  use_modules(pid, stack.modules);
  return symbolizer_.frames(pid, stack.frames);
}

void Pump::add_values(const core::Capture& capture, const core::Sight& sight, Pid pid,
                      std::uint32_t modules, std::vector<Argument>& to) {
  for (const auto& [label, shape] : capture.values) {
    to.push_back({label, core::to_value(shape, sight.items)});
    name_functions(to.back().value, pid, modules);
  }
}

/// Also those in structures and arrays.
void Pump::name_functions(Value& value, Pid pid, std::uint32_t modules) {
  if (auto* pointer = std::get_if<Value::Pointer>(&value.what)) {
    if (!pointer->to_function || !pointer->to) return;
    use_modules(pid, modules);
    pointer->name = symbolizer_.function(pid, pointer->to);
  } else if (auto* aggregate = std::get_if<Value::Aggregate>(&value.what)) {
    for (auto& [name, member] : aggregate->members) name_functions(member, pid, modules);
  } else if (auto* array = std::get_if<Value::Array>(&value.what)) {
    for (Value& element : array->elements) name_functions(element, pid, modules);
  }
}

const core::Observations& Pump::observations(SiteId id) {
  const Known& here = known(id);
  if (here.observations) return *here.observations;
  const std::size_t probes = here.info->probes.size();
  while (plain_.size() <= probes) plain_.emplace_back(plain_.size());
  return plain_[probes];
}

void Pump::write_start(const Record& record) {
  StartEvent start;
  start.ts = record.ts;
  start.pid = record.pid;
  start.command = options_.pids.empty() ? options_.command : os::proc::command_line(record.pid);
  start.mode = options_.mode;
  start.step = options_.step;
  start.probes = options_.probes;
  start.sites = catalog_.probed();
  start.realtime_ns = realtime_at(record.ts);
  {
    const std::lock_guard lock(texts_mutex_);
    start.notes = std::move(notes_);
  }
  write(start);
}

const Pump::Known& Pump::known(SiteId id) {
  constexpr std::size_t size = std::tuple_size_v<KnownBlock>;
  const auto index = static_cast<std::size_t>(id);
  if (index / size >= sites_.size()) sites_.resize(index / size + 1);
  auto& block = sites_[index / size];
  if (!block) block = std::make_unique<KnownBlock>();
  Known& here = (*block)[index % size];
  if (!here.info) here = {&catalog_.get(id), catalog_.observations(id)};
  return here;
}

/// The thread's name, or the process's where the thread is gone before we could look.
const std::string& Pump::comm_of(const Record& record) {
  Name& name = names_[record.tid];
  if (!name.read_at || record.ts - name.read_at > name_lasts) {
    name.read_at = record.ts;
    std::string comm = os::proc::comm(record.tid);
    if (comm.empty() && name.comm.empty()) comm = os::proc::comm({record.pid.value});
    if (!comm.empty()) name.comm = std::move(comm);
  }
  return name.comm;
}

}  // namespace sidestep::session
