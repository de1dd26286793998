#include "linux/turns.hpp"

#include <utility>

namespace sidestep::os {

void Turns::swap(std::size_t a, std::size_t b) {
  if (a == b) return;
  std::swap(threads_[a], threads_[b]);
  where_[threads_[a].tid] = a;
  where_[threads_[b].tid] = b;
}

void Turns::cool(std::size_t at) {
  swap(at, --hot_);
}

bool Turns::add(Tid tid) {
  const bool is_new = where_.try_emplace(tid, threads_.size()).second;
  if (is_new) threads_.push_back({tid});
  return is_new;
}

void Turns::remove(Tid tid) {
  const auto found = where_.find(tid);
  if (found == where_.end()) return;
  std::size_t at = found->second;
  if (at < hot_) {
    cool(at);
    at = hot_;
  }
  swap(at, threads_.size() - 1);
  threads_.pop_back();
  where_.erase(tid);
}

void Turns::stopped(Tid tid) {
  ++stops_;
  if (hot_ && threads_[hot_turn_ < hot_ ? hot_turn_ : 0].tid == tid) {  // by far the usual case
    threads_[hot_turn_ < hot_ ? hot_turn_ : 0].stopped = stops_;
    return;
  }
  add(tid);
  std::size_t at = where_[tid];
  if (at >= hot_) {
    swap(at, hot_);
    at = hot_++;
  }
  threads_[at].stopped = stops_;
}

std::vector<Tid> Turns::all_hot() const {
  std::vector<Tid> found;
  for (std::size_t i = 0; i < hot_; ++i) found.push_back(threads_[i].tid);
  return found;
}

Tid Turns::next_hot() {
  // Threads that share evenly stop once in hot_ stops; those that come half as often are hot too.
  const std::uint64_t others_first = 512 + 8 * hot_;
  while (hot_) {
    hot_turn_ = hot_turn_ + 1 < hot_ ? hot_turn_ + 1 : 0;
    const Thread& next = threads_[hot_turn_];
    if (stops_ - next.stopped <= others_first) return next.tid;
    cool(hot_turn_);
  }
  return {};
}

Tid Turns::next_cold() {
  if (hot_ == threads_.size()) return {};
  cold_turn_ = cold_turn_ + 1 < threads_.size() ? cold_turn_ + 1 : 0;
  if (cold_turn_ < hot_) cold_turn_ = hot_;
  return threads_[cold_turn_].tid;
}

}  // namespace sidestep::os
