#include "linux/hot_time.hpp"

#include <utility>

#include "linux/proc.hpp"

namespace sidestep::os {

Nanoseconds HotTime::look_at(std::span<const Tid> threads) {
  std::unordered_map<Tid, Nanoseconds> now;
  for (const Tid tid : threads) {
    const auto used = proc::cpu_time(tid);
    if (!used) continue;
    now[tid] = static_cast<Nanoseconds>(*used);
    if (const auto before = used_.find(tid); before != used_.end())
      sum_ += now[tid] - before->second;
  }
  used_ = std::move(now);
  return sum_;
}

}  // namespace sidestep::os
