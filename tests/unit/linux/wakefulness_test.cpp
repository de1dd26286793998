#include "linux/wakefulness.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "linux/own_sequences.hpp"
#include "linux/runnable.hpp"

namespace sidestep::os {
namespace {

using namespace std::chrono_literals;

Nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

constexpr const char* device = "/dev/cpu_dma_latency";

bool is_requested() {
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(file.path(), gone) == device) return true;
  }
  return false;
}

bool soon(const std::function<bool()>& what) {
  for (int i = 0; i < 5000; ++i) {
    if (what()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

TEST(Wakefulness, AsksForNothingBeforeAStop) {
  const Wakefulness wakefulness;
  EXPECT_FALSE(is_requested());
}

TEST(Wakefulness, HoldsTheRequestWhileStopsComeAndLetsGoByItself) {
  if (::access(device, W_OK) != 0) GTEST_SKIP() << device << " can't be opened here";
  Wakefulness wakefulness;
  EXPECT_TRUE(soon([&] {
    wakefulness.prolong(now(), 2'000'000);
    return is_requested();
  }));
  EXPECT_TRUE(soon([] { return !is_requested(); }));
  EXPECT_TRUE(soon([&] {  // and again
    wakefulness.prolong(now(), 2'000'000);
    return is_requested();
  }));
}

TEST(Wakefulness, EndsWhileAwake) {
  for (int i = 0; i < 100; ++i) {
    Wakefulness wakefulness;
    wakefulness.prolong(now(), 2'000'000);
  }
  EXPECT_FALSE(is_requested());
}

TEST(OwnSequences, TheProcessorIsKnownWithoutThem) {
  std::thread([] {
    auto* area = static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset;
    const auto cpu_id = [area] {
      std::int32_t id = 0;
      std::memcpy(&id, area + offsetof(struct rseq, cpu_id), sizeof id);
      return id;
    };
    if (__rseq_size == 0) GTEST_SKIP() << "the C library has registered none";
    EXPECT_GE(cpu_id(), 0);
    do_without_restartable_sequences();
    EXPECT_EQ(cpu_id(), RSEQ_CPU_ID_UNINITIALIZED);
    EXPECT_GE(::sched_getcpu(), 0);
    do_without_restartable_sequences();  // nothing is left to do
    EXPECT_GE(::sched_getcpu(), 0);
  }).join();
}

TEST(Runnable, CountsThoseThatRun) {
  Runnable runnable;
  const auto one = runnable.count();
  ASSERT_TRUE(one);
  EXPECT_GE(*one, 1u);
  std::atomic<bool> enough{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 8; ++i)
    busy.emplace_back([&] {
      while (!enough) {
      }
    });
  EXPECT_TRUE(soon([&] { return runnable.count().value_or(0) >= 8; }));
  enough = true;
  for (std::thread& thread : busy) thread.join();
}

}  // namespace
}  // namespace sidestep::os
