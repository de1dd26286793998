// The output side: takes records off the queue, gives them names, hands them to the sink. Runs a
// thread of its own, so that a slow sink or a slow look-up never keeps a traced thread stopped;
// only a full queue does.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/byte_ring.hpp"
#include "core/engine.hpp"
#include "core/ring.hpp"
#include "session/catalog.hpp"
#include "session/event_maker.hpp"
#include "session/summary.hpp"
#include "sidestep/options.hpp"
#include "sidestep/sink.hpp"

namespace sidestep::session {

class Pump final : public core::Recorder {
 public:
  /// `on_failure`: called once, on the output thread, when the sink has failed.
  Pump(const SessionOptions& options, const Catalog& catalog, EventSink& sink,
       std::function<void()> on_failure);
  ~Pump() override;

  // --- tracing thread ---
  void record(const core::Record& record, std::span<const std::uint8_t> payload) override;
  void notice(Pid pid, std::string text) override;
  void note(Pid pid, std::string text) override;
  void interim(const core::Account& account) override;

  // --- any thread ---
  /// Stop writing: what is queued is counted as lost.
  void skip() { skip_ = true; }
  /// True once the program has begun.
  bool started() const { return started_; }
  /// The output thread, which lives until finish().
  std::thread::native_handle_type thread() { return thread_.native_handle(); }

  // --- the session's thread, when the tracing thread has ended ---
  /// Writes what is queued and ends the output thread.
  void finish();
  /// Events that were produced but not written.
  std::uint64_t lost() const { return lost_; }
  const std::optional<Error>& error() const { return error_; }
  /// The last event; after finish().
  void write_last(const Summary& summary);

 private:
  void run();
  void flush();
  void take_nap();
  void expand(const core::Record& record);
  std::span<const std::uint8_t> payload_of(const core::Record& record);
  void write_hits(const core::Record& record);
  void write_returns(const core::Record& record);
  void write_start(const core::Record& record);
  void write_thread(const core::Record& record, ThreadEvent::What what, ExitStatus exit);
  void write(const Event& event);
  void lose(std::size_t events) { lost_ += events; }

  const SessionOptions& options_;
  const Catalog& catalog_;
  EventSink& sink_;
  std::function<void()> on_failure_;
  EventMaker maker_;
  core::Ring<core::Record> ring_;
  core::ByteRing bytes_;  // payloads of records
  std::mutex texts_mutex_;
  std::vector<std::string> texts_;
  std::vector<std::string> notes_;  // told with the start
  std::vector<Summary> interims_;
  std::atomic<bool> skip_{false}, started_{false}, finishing_{false};
  std::uint64_t lost_ = 0;
  std::optional<Error> error_;
  std::vector<std::uint8_t> payload_;  // used again: a hit must not allocate
  std::mutex nap_mutex_;
  std::condition_variable nap_ends_;
  std::thread thread_;
};

}  // namespace sidestep::session
