#include "linux/company.hpp"

#include <sched.h>
#include <sys/utsname.h>
#include <time.h>

#include <algorithm>
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

constexpr Nanoseconds to_look = 5'000'000;  // where a thread is

cpu_set_t only(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return set;
}

/// The calling thread's own affinity.
bool stay_on(int processor) {
  const cpu_set_t there = only(processor);
  return ::sched_setaffinity(0, sizeof there, &there) == 0;
}

Nanoseconds now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * Nanoseconds{1'000'000'000} + t.tv_nsec;
}

/// Each switch is seen on the other processor, by the kernel's look for an idle one: some tens of
/// nanoseconds a hit, at every other hit.
void run_a_little(bool others_wait) {
  const int pauses = others_wait ? 256 : 1024;  // 2 us, 10 us
  for (int i = 0; i < pauses; ++i) __builtin_ia32_pause();
}

void sleep_for(Nanoseconds time) {
  const timespec moment{0, time};
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

bool Company::prolong(Nanoseconds now, Nanoseconds by, Tid hit, bool alone) {
  constexpr Nanoseconds to_begin = 1'000'000;
  // Written only where there is something to say: company's threads look at the same line.
  if (is_refused_ && is_refused_.exchange(false)) return leave(), false;
  const bool is_there = before_ && here_ != where_ && running_ != 0;
  if (!is_there && (!before_ || now - began_ > to_begin)) {
    began_ = now;
    if (!begin(hit)) return leave(), false;
  }
  if (is_there && now - looked_ > to_look) {
    looked_ = now;
    if (is_astray(hit, alone)) change_places();
  }
  deference_.set(alone);
  if (!vigil_.prolong(now, by)) return leave(), false;
  if (began_ == now) wait_for_company();
  return true;
}

/// Whoever is resumed before would be woken on the processor that is idle still.
void Company::wait_for_company() const {
  for (int i = 0; i < 20 && running_ == 0 && !is_refused_; ++i) sleep_for(20'000);
}

/// Us to where the thread is, all others of ours to the other processor. The kernel would move the
/// tracing thread beside it in time, or not. If company is still there from before, it stays where
/// it is: threads may be born at this moment.
bool Company::begin(Tid hit) {
  leave();
  cpu_set_t all;
  const auto at = proc::processor(hit);
  if (!at || ::sched_getaffinity(0, sizeof all, &all) != 0 || !CPU_ISSET(*at, &all)) return false;
  where_ = running_ != 0 ? where_.load() : another_processor(all, *at);
  here_ = where_ < 0 ? -1 : another_processor(all, where_);
  if (here_ < 0 || !stay_on(here_)) return false;
  before_ = all;
  keep_helpers_on(only(where_));
  return true;
}

/// A thread that is hit among company stays there: it is woken before the kernel has taken it off
/// that processor's queue. A single one, or most of several, as it seems.
bool Company::is_astray(Tid hit, bool alone) {
  constexpr unsigned most = 3;  // looks in a row
  astray_ = proc::processor(hit) == where_ ? astray_ + 1 : 0;
  return astray_ >= (alone ? 1 : most);
}

/// Company first: a processor that looks idle for a moment is where threads are woken.
void Company::change_places() {
  astray_ = 0;
  const int before = here_;
  {
    const std::lock_guard lock(mutex_);
    where_ = before;
    const cpu_set_t there = only(before);
    for (std::thread& thread : threads_)
      ::pthread_setaffinity_np(thread.native_handle(), sizeof there, &there);
  }
  here_ = another_processor(*before_, before);
  stay_on(here_);
  keep_helpers_on(only(where_));
}

/// Mostly the thread is woken where we are; we go after it when it has been elsewhere for long.
void Company::stay_beside(Nanoseconds now, Tid hit) {
  constexpr unsigned long_enough = 20;  // looks in a row
  deference_.set(false);
  if (before_ && now - looked_ < to_look) return;
  looked_ = now;
  const auto at = proc::processor(hit);
  if (at == here_) astray_ = 0;
  if (!at || (before_ && (*at == here_ || ++astray_ < long_enough))) return;
  astray_ = 0;
  leave();
  cpu_set_t all;
  if (::sched_getaffinity(0, sizeof all, &all) != 0) return;
  if (!CPU_ISSET(*at, &all) || !stay_on(*at)) return;
  before_ = all;
  here_ = *at;
}

void Company::leave() {
  if (!before_) return;
  deference_.set(false);
  ::sched_setaffinity(0, sizeof *before_, &*before_);
  keep_helpers_on(*before_);
  before_.reset();
}

/// By itself a helper would stay where it is: beside the threads that are hit, as the other
/// processor looks full to it too.
void Company::keep_helpers_on(const cpu_set_t& processors) {
  for (const pthread_t helper : helpers_)
    ::pthread_setaffinity_np(helper, sizeof processors, &processors);
}

/// New threads each time: the kernel weighs a thread by its last tenth of a second
/// (kernel/sched/pelt.c), and takes a new one for busy, but not one that has slept.
void Company::watch() {
  constexpr std::size_t count = 8;
  constexpr Nanoseconds a_while = 1'000'000;
  const Nanoseconds began = now();
  {
    const std::lock_guard lock(mutex_);
    over_ = false;
    try {
      while (threads_.size() < count) threads_.emplace_back([this] { run(); });
    } catch (const std::system_error&) {
      // No more threads are allowed: as many as there are.
    }
    running_ = threads_.size();
    if (threads_.empty()) is_refused_ = over_ = true;
  }
  over_.wait(false);
  std::vector<std::thread> ending;
  {
    const std::lock_guard lock(mutex_);
    std::swap(ending, threads_);
  }
  for (std::thread& thread : ending) thread.join();
  running_ = 0;
  if (vigil_.is_wanted() && now() - began < a_while)
    sleep_for(a_while);  // there is no room for any
}

/// At the usual policy, whatever ours is: a yield gives way to nobody below a real-time thread.
void Company::run() {
  constexpr sched_param none{};
  int there = -1;
  bool is_right = ::sched_setscheduler(0, SCHED_OTHER, &none) == 0;
  deference_.find_out();
  while (!over_ && vigil_.is_wanted()) {
    if (is_right && there != where_) is_right = stay_on(there = where_);
    if (!is_right) break;
    guests_.turn_begins(now());
    run_a_little(guests_.are_here());
    guests_.turn_ends(now());
    ::sched_yield();
  }
  if (!is_right) is_refused_ = true;
  over_ = true;
  over_.notify_all();
}

}  // namespace sidestep::os
