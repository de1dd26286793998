// Makes events of records of arrivals and returns: looks up the site, lays the shapes of its probes
// over what was seen there, names threads, functions and frames. Output thread only. Its events,
// and all that belongs to them, are used again: a hit must not allocate.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/payload.hpp"
#include "core/record.hpp"
#include "session/catalog.hpp"
#include "session/thread_names.hpp"
#include "sidestep/events.hpp"
#include "symbols/symbolizer.hpp"

namespace sidestep::session {

class EventMaker {
 public:
  using Payload = std::span<const std::uint8_t>;
  /// `write` is given each event that is made.
  EventMaker(const Catalog& catalog, std::function<void(const Event&)> write);

  /// One event for each probe that the site serves, and that has not dropped it.
  void make_hits(const core::Record& record, Payload payload);
  void make_returns(const core::Record& record, Payload payload);
  /// How many events that would be.
  std::size_t count_hits(const core::Record& record, Payload payload);
  std::size_t count_returns(const core::Record& record, Payload payload);

  const std::string& thread_name(const core::Record& record) { return names_.of(record); }
  void forget(Tid tid) { names_.forget(tid); }
  void forget(Pid pid);

 private:
  struct Known {
    const SiteInfo* info = nullptr;
    const core::Observations* observations = nullptr;
  };
  const Known& known(SiteId id);
  const core::Observations& plain(std::size_t probes);
  template <class Arrival>
  Arrival& begin(Event& event, const core::Record& record, const SiteInfo& site);
  void set_values(const core::Capture& capture, const core::Sight& sight, Pid pid,
                  std::vector<Argument>& to, const core::Capture*& named_by);
  void add_exit_values(const core::Capture& capture, const core::Sight& sight,
                       ReturnEvent& returned);
  void use_modules(Pid pid, std::uint32_t version);
  std::vector<Frame> frames(Pid pid, const core::Stack& stack);
  void name_functions(Value& value, Pid pid);

  const Catalog& catalog_;
  std::function<void(const Event&)> write_;
  std::unique_ptr<core::Resolver> resolver_;  // the output thread's own: for names
  symbols::Symbolizer symbolizer_;
  std::unordered_map<Pid, std::uint32_t> named_with_;  // the version of modules that it knows
  ThreadNames names_;
  // Our own view of the catalog, which has a lock: by id, and only where there are hits.
  using KnownBlock = std::array<Known, 64>;
  std::vector<std::unique_ptr<KnownBlock>> sites_;
  std::deque<core::Observations> plain_;  // of sites whose probes only count, by their number

  core::Sights seen_;
  Event hit_ = HitEvent{}, returned_ = ReturnEvent{};
  std::vector<Argument> at_exit_;
  // Whose names the values of these have now.
  const core::Capture *hit_named_by_ = nullptr, *returned_named_by_ = nullptr,
                      *at_exit_named_by_ = nullptr;
};

}  // namespace sidestep::session
