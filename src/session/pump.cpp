#include "session/pump.hpp"

#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <chrono>

#include "linux/proc.hpp"

namespace sidestep::session {
namespace {

using core::Record;
using Kind = Record::Kind;

constexpr std::size_t queue_length = 1 << 16;
constexpr std::size_t queued_bytes = 1 << 22;
constexpr auto nap = std::chrono::milliseconds(5);  // nobody sees a line come so much later
constexpr int naps_before_sleep = 10;

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

}  // namespace

Pump::Pump(const SessionOptions& options, const Catalog& catalog, EventSink& sink,
           std::function<void()> on_failure)
    : options_(options),
      catalog_(catalog),
      sink_(sink),
      on_failure_(std::move(on_failure)),
      maker_(catalog, [this](const Event& event) { write(event); }),
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

/// Looks now and then while records come, since waking a sleeper for each would cost more than a
/// hit, as would a write for each; sleeps when none has come for a while.
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
      take_nap();
    else
      ring_.sleep_until_pushed();
  }
}

/// Ends early where the session does.
void Pump::take_nap() {
  std::unique_lock lock(nap_mutex_);
  nap_ends_.wait_for(lock, nap, [this] { return finishing_.load(); });
}

void Pump::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(nap_mutex_);
    finishing_ = true;
  }
  nap_ends_.notify_one();
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
      return write_thread(record, ThreadEvent::What::Started, {});
    case Kind::ThreadExited:
      write_thread(record, ThreadEvent::What::Exited, to_exit(record.code));
      return maker_.forget(record.tid);
    case Kind::ProcessExited:
      maker_.forget(record.pid);
      return write(
          ExitEvent{record.ts, record.pid, to_exit(record.code), maker_.thread_name(record)});
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

void Pump::write_hits(const Record& record) {
  const auto payload = payload_of(record);
  if (error_ || skip_) return lose(maker_.count_hits(record, payload));
  maker_.make_hits(record, payload);
}

void Pump::write_returns(const Record& record) {
  const auto payload = payload_of(record);
  if (error_ || skip_) return lose(maker_.count_returns(record, payload));
  maker_.make_returns(record, payload);
}

void Pump::write_thread(const Record& record, ThreadEvent::What what, ExitStatus exit) {
  const std::string& comm = maker_.thread_name(record);
  write(ThreadEvent{record.ts, record.pid, record.tid, comm, what, exit, record.seq});
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

}  // namespace sidestep::session
