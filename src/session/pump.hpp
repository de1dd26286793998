// The output side: takes records off the queue, gives them names, hands them to the sink. Runs a
// thread of its own, so that a slow sink or a slow look-up never keeps a traced thread stopped;
// only a full queue does.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/byte_ring.hpp"
#include "core/engine.hpp"
#include "core/payload.hpp"
#include "core/ring.hpp"
#include "session/catalog.hpp"
#include "session/summary.hpp"
#include "sidestep/options.hpp"
#include "sidestep/sink.hpp"
#include "symbols/symbolizer.hpp"

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

  // --- the session's thread, when the tracing thread has ended ---
  /// Writes what is queued and ends the output thread.
  void finish();
  /// Events that were produced but not written.
  std::uint64_t lost() const { return lost_; }
  const std::optional<Error>& error() const { return error_; }
  /// The last event; after finish().
  void write_last(const Summary& summary);

 private:
  struct Name {
    std::string comm;
    Nanoseconds read_at = 0;
  };
  struct Known {
    const SiteInfo* info = nullptr;
    const core::Observations* observations = nullptr;
  };

  void run();
  void flush();
  void expand(const core::Record& record);
  std::span<const std::uint8_t> payload_of(const core::Record& record);
  void write_hits(const core::Record& record);
  void write_returns(const core::Record& record);
  const core::Observations& observations(SiteId id);
  void use_modules(Pid pid, std::uint32_t version);
  std::vector<Frame> frames(Pid pid, const core::Stack& stack);
  void add_values(const core::Capture& capture, const core::Sight& sight, Pid pid,
                  std::uint32_t modules, std::vector<Argument>& to);
  void name_functions(Value& value, Pid pid, std::uint32_t modules);
  void write_start(const core::Record& record);
  void write(const Event& event);
  void lose(std::size_t events) { lost_ += events; }
  const std::string& comm_of(const core::Record& record);
  const Known& known(SiteId id);
  const SiteInfo& site(SiteId id) { return *known(id).info; }

  const SessionOptions& options_;
  const Catalog& catalog_;
  EventSink& sink_;
  std::function<void()> on_failure_;
  std::unique_ptr<core::Resolver> resolver_;  // the output thread's own: for names
  symbols::Symbolizer symbolizer_;
  std::unordered_map<Pid, std::uint32_t> named_with_;  // the version of modules that it knows
  core::Ring<core::Record> ring_;
  core::ByteRing bytes_;  // payloads of records
  std::mutex texts_mutex_;
  std::vector<std::string> texts_;
  std::vector<std::string> notes_;  // told with the start
  std::vector<Summary> interims_;
  std::unordered_map<Tid, Name> names_;
  // The output thread's own view of the catalog: by id, and only where there are hits.
  using KnownBlock = std::array<Known, 64>;
  std::vector<std::unique_ptr<KnownBlock>> sites_;
  std::atomic<bool> skip_{false}, started_{false}, finishing_{false};
  std::uint64_t lost_ = 0;
  std::optional<Error> error_;
  Event hit_ = HitEvent{};                 // reused: a hit must not allocate
  std::vector<std::uint8_t> payload_;      // likewise
  std::vector<core::Observations> plain_;  // of sites whose probes only count, by their number
  std::thread thread_;
};

}  // namespace sidestep::session
