#include "linux/company.hpp"

#include <sched.h>
#include <sys/utsname.h>
#include <time.h>

#include <cstdio>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "linux/proc.hpp"

namespace sidestep::os {
namespace {

/// Of these processors one that isn't `taken`; -1: none.
int another_processor(const cpu_set_t& these, int taken) {
  for (int other = 0; other < CPU_SETSIZE; ++other)
    if (other != taken && CPU_ISSET(other, &these)) return other;
  return -1;
}

/// The calling thread's own affinity.
bool stay_on(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

void run_a_little() {
  constexpr int pauses = 256;  // some microseconds
  for (int i = 0; i < pauses; ++i) __builtin_ia32_pause();
}

void sleep_a_little() {
  constexpr timespec moment{0, 1'000'000};
  ::nanosleep(&moment, nullptr);
}

}  // namespace

bool Company::gives_way() {
  utsname system{};
  int major = 0, minor = 0;
  ::uname(&system);
  if (std::sscanf(system.release, "%d.%d", &major, &minor) != 2) return false;
  return std::pair{major, minor} >= std::pair{6, 18};
}

bool Company::prolong(Nanoseconds now, Nanoseconds by, Tid hit) {
  constexpr Nanoseconds to_begin = 1'000'000;
  if (!running_ && now >= next_begin_) {
    next_begin_ = now + to_begin;
    if (!begin(hit)) return leave(), false;
  }
  if (vigil_.prolong(now, by)) return true;
  return leave(), false;
}

/// The kernel would move the tracing thread beside the others in time, or not.
bool Company::begin(Tid hit) {
  leave();
  cpu_set_t before;
  const auto here = proc::processor(hit);
  if (!here || ::sched_getaffinity(0, sizeof before, &before) != 0) return false;
  if (!CPU_ISSET(*here, &before) || !stay_on(*here)) return false;
  before_ = before;
  where_ = another_processor(before, *here);
  return where_ >= 0;
}

void Company::leave() {
  if (before_) ::sched_setaffinity(0, sizeof *before_, &*before_);
  before_.reset();
}

/// New threads each time: the kernel weighs a thread by its last tenth of a second
/// (kernel/sched/pelt.c), and takes a new one for busy, but not one that has slept.
void Company::watch() {
  constexpr std::size_t count = 8;
  std::vector<std::thread> threads;
  over_ = false;
  try {
    while (threads.size() < count)
      threads.emplace_back([this, where = where_.load()] { run(where); });
  } catch (const std::system_error&) {
    // No more threads are allowed: as many as there are.
  }
  running_ = threads.size();
  for (std::thread& thread : threads) thread.join();
  running_ = 0;
  if (vigil_.is_wanted()) sleep_a_little();  // or there is no room for any
}

/// At the usual policy, whatever ours is: a yield gives way to nobody below a real-time thread.
void Company::run(int where) {
  constexpr sched_param none{};
  const bool is_there = ::sched_setscheduler(0, SCHED_OTHER, &none) == 0 && stay_on(where);
  while (is_there && !over_ && vigil_.is_wanted()) {
    run_a_little();
    ::sched_yield();
  }
  over_ = true;
}

}  // namespace sidestep::os
