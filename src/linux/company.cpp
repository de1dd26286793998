#include "linux/company.hpp"

#include <sched.h>

#include <thread>
#include <vector>

#include "linux/proc.hpp"

namespace sidestep::os {
namespace {

/// Of those that we may run on, one that isn't `taken`; -1: none.
int another_processor(int taken) {
  cpu_set_t ours;
  if (::sched_getaffinity(0, sizeof ours, &ours) != 0) return -1;
  for (int other = 0; other < CPU_SETSIZE; ++other)
    if (other != taken && CPU_ISSET(other, &ours)) return other;
  return -1;
}

/// The calling thread's own affinity. Elsewhere it would be in the way.
bool stay_on(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (processor < 0) return false;
  CPU_SET(processor, &set);
  return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

void run_a_little() {
  constexpr int pauses = 256;  // some microseconds
  for (int i = 0; i < pauses; ++i) __builtin_ia32_pause();
}

}  // namespace

void Company::prolong(Nanoseconds now, Nanoseconds by, Tid hit) {
  if (!running_) where_ = another_processor(proc::processor(hit).value_or(::sched_getcpu()));
  vigil_.prolong(now, by);
}

/// New threads each time: the kernel weighs a thread by its last tenth of a second
/// (kernel/sched/pelt.c), and takes a new one for busy, but not one that has slept.
void Company::watch() {
  constexpr std::size_t count = 8;
  std::vector<std::thread> threads;
  running_ = count;
  while (threads.size() < count) threads.emplace_back([this, where = where_.load()] { run(where); });
  for (std::thread& thread : threads) thread.join();
  running_ = 0;
}

void Company::run(int where) const {
  if (!stay_on(where)) return;
  while (vigil_.is_wanted()) {
    run_a_little();
    ::sched_yield();
  }
}

}  // namespace sidestep::os
