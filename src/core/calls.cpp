#include "core/calls.hpp"

#include <algorithm>

namespace sidestep::core {

void Calls::enter(Call call, Entry entry) {
  std::vector<Call>& here = by_key_[call.key];
  // Whatever else has this key was left without a return, unless this is a tail call out of it.
  // With a call go the tail calls that it has made.
  const auto left = std::find_if(here.begin(), here.end(), [&](const Call& old) {
    return entry == Entry::ByCall || old.returns_to != call.returns_to || old.site == call.site;
  });
  size_ -= static_cast<std::size_t>(here.end() - left);
  here.erase(left, here.end());
  here.push_back(std::move(call));
  if (++size_ > most) drop_oldest();
}

void Calls::leave(std::uint64_t key, Address returned_to, std::vector<Call>& ended) {
  constexpr std::size_t kept_for_reuse = 1024;
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  std::vector<Call>& here = found->second;
  for (; !here.empty() && here.back().returns_to == returned_to; --size_) {
    ended.push_back(std::move(here.back()));
    here.pop_back();
  }
  if (here.empty() && by_key_.size() > kept_for_reuse) by_key_.erase(found);
}

void Calls::drop_oldest() {
  std::vector<Nanoseconds> times;
  for (const auto& [key, calls] : by_key_)
    for (const Call& call : calls) times.push_back(call.entered);
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  for (auto& [key, calls] : by_key_)
    size_ -= std::erase_if(calls, [&](const Call& call) { return call.entered < *middle; });
  std::erase_if(by_key_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace sidestep::core
