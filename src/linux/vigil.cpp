#include "linux/vigil.hpp"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <system_error>

namespace sidestep::os {
namespace {

Nanoseconds now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * Nanoseconds{1'000'000'000} + t.tv_nsec;
}

}  // namespace

Vigil::~Vigil() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Vigil::prolong(Nanoseconds now, Nanoseconds by) {
  // What others look at all the time is dear to write.
  constexpr Nanoseconds often_enough = 100'000;
  if (now + by - told_ < often_enough || done_) return !done_;
  told_ = now + by;
  until_ = told_;
  if (!thread_.joinable()) begin();
  if (!asleep_) return !done_;
  const std::lock_guard lock(mutex_);  // it may have looked at the time before, and waits by now
  wake_.notify_one();
  return true;
}

void Vigil::begin() {
  sigset_t all, before;  // signals are for the threads that wait for them
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { stand_by(); });
  } catch (const std::system_error&) {  // no more threads are allowed: it does without
    done_ = true;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Vigil::stand_by() {
  pthread_setname_np(pthread_self(), name_);
  std::unique_lock lock(mutex_);
  while (!done_) {
    asleep_ = true;
    wake_.wait(lock, [this] { return done_ || is_wanted(); });
    asleep_ = false;
    lock.unlock();
    watch_();
    lock.lock();
  }
}

bool Vigil::is_wanted() const {
  return !done_ && now() < until_;
}

}  // namespace sidestep::os
