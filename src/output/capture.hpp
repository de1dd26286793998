// A sink that keeps what it is told: for tests, and for programs that want the events themselves.
// Sites are copied, so that the events outlive the session.
#pragma once

#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sidestep/sink.hpp"

namespace sidestep::output {

class CaptureSink : public EventSink {
 public:
  void write(const Event& event) override {
    events_.push_back(event);
    if (auto* hit = std::get_if<HitEvent>(&events_.back())) hit->site = keep(hit->site);
    if (auto* call = std::get_if<ReturnEvent>(&events_.back())) call->site = keep(call->site);
  }
  Result<void> flush() override {
    ++flushes_;
    return {};
  }

  const std::vector<Event>& events() const { return events_; }
  int flushes() const { return flushes_; }

  /// The events of one kind, in order.
  template <class T>
  std::vector<T> all() const {
    std::vector<T> matching;
    for (const Event& event : events_) {
      if (const T* one = std::get_if<T>(&event)) matching.push_back(*one);
    }
    return matching;
  }

 private:
  const SiteInfo* keep(const SiteInfo* site) {
    if (site == nullptr) return nullptr;
    const auto [known, added] = kept_.try_emplace(site, nullptr);
    if (added) known->second = &sites_.emplace_back(*site);
    return known->second;
  }

  std::vector<Event> events_;
  std::deque<SiteInfo> sites_;  ///< a deque: addresses stay
  std::unordered_map<const SiteInfo*, const SiteInfo*> kept_;
  int flushes_ = 0;
};

}  // namespace sidestep::output
