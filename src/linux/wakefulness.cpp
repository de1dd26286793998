#include "linux/wakefulness.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>

#include "linux/unique_fd.hpp"

namespace sidestep::os {
namespace {

constexpr Nanoseconds long_enough = 2'000'000;  // without a stop

Nanoseconds now() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * Nanoseconds{1'000'000'000} + t.tv_nsec;
}

/// Whoever else wants the processor gets it.
void give_way_to_others() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 19);
}

/// In force for as long as the file is open.
UniqueFd request_no_latency() {
  UniqueFd device(::open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC));
  const std::int32_t microseconds = 0;
  if (device.get() >= 0 && ::write(device.get(), &microseconds, sizeof microseconds) < 0) return {};
  return device;
}

void run_a_little() {
  constexpr int pauses = 64;  // some microseconds
  for (int i = 0; i < pauses; ++i) __builtin_ia32_pause();
}

void sleep_a_little() {
  const timespec moment{0, long_enough / 2};
  ::nanosleep(&moment, nullptr);
}

}  // namespace

Wakefulness::~Wakefulness() {
  if (!thread_.joinable()) return;
  done_ = true;
  awake_ = true;
  awake_.notify_one();
  thread_.join();
}

void Wakefulness::prolong(Nanoseconds now, How how) {
  last_.store(now, std::memory_order_relaxed);
  how_.store(how, std::memory_order_relaxed);
  if (awake_.load()) return;
  if (!thread_.joinable()) begin();
  awake_ = true;
  awake_.notify_one();
}

void Wakefulness::begin() {
  sigset_t all, before;  // signals are for the threads that wait for them
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { stand_by(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Wakefulness::stand_by() {
  pthread_setname_np(pthread_self(), "wakefulness");
  give_way_to_others();
  while (!done_) {
    awake_.wait(false);
    watch();
    awake_ = false;
    // A stop may have found us awake and gone by: it is seen again here.
    if (is_wanted()) awake_ = true;
  }
}

void Wakefulness::watch() {
  const UniqueFd request = request_no_latency();
  while (is_wanted()) how_ == How::RunToo ? run_a_little() : sleep_a_little();
}

bool Wakefulness::is_wanted() const {
  return !done_ && now() - last_.load(std::memory_order_relaxed) < long_enough;
}

}  // namespace sidestep::os
