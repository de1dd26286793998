#include "linux/company.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include "linux/deference.hpp"
#include "linux/guests.hpp"

namespace sidestep::os {
namespace {

using namespace std::chrono_literals;

Nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

bool soon(const std::function<bool()>& what) {
  for (int i = 0; i < 5000; ++i) {
    if (what()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

/// The processors that the calling thread may run on.
std::vector<int> processors() {
  cpu_set_t set;
  EXPECT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
  std::vector<int> found;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) found.push_back(cpu);
  return found;
}

void stay_on(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  ASSERT_EQ(::sched_setaffinity(0, sizeof set, &set), 0);
}

Tid self() {
  return {static_cast<int>(::syscall(SYS_gettid))};
}

class Companions : public testing::Test {
 protected:
  void SetUp() override {
    if (before_.size() < 2) GTEST_SKIP() << "needs two processors";
  }
  void TearDown() override { company_.leave(); }
  void come() {
    EXPECT_TRUE(soon([&] {
      company_.prolong(now(), 20'000'000, self(), alone_);
      return company_.running() > 0;
    }));
  }
  int other() const { return before_[0] == processors().front() ? before_[1] : before_[0]; }
  bool alone_ = false;
  const std::vector<int> before_ = processors();
  Company company_;
};

TEST_F(Companions, ComeWhenStopsDoAndGoByThemselves) {
  EXPECT_EQ(company_.running(), 0u);
  come();
  EXPECT_TRUE(soon([&] { return company_.running() == 0; }));
  come();
}

TEST_F(Companions, TheTracingThreadStaysBesideTheOneThatIsHitUntilItLeaves) {
  come();
  ASSERT_EQ(processors().size(), 1u);
  EXPECT_EQ(processors().front(), ::sched_getcpu());
  company_.leave();
  EXPECT_EQ(processors(), before_);
}

TEST_F(Companions, TakeNextToNothingOfTheirProcessor) {
  come();
  std::atomic<bool> enough{false};
  double part = 0;
  std::thread program([&, other = other()] {
    stay_on(other);
    const auto used = [] {
      timespec t{};
      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
      return t.tv_sec * Nanoseconds{1'000'000'000} + t.tv_nsec;
    };
    const Nanoseconds began = now(), before = used();
    while (!enough) {
    }
    part = static_cast<double>(used() - before) / static_cast<double>(now() - began);
  });
  for (int i = 0; i < 300; ++i) {
    company_.prolong(now(), 20'000'000, self(), false);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_GT(company_.running(), 0u);
  enough = true;
  program.join();
  if (!Company::gives_way()) GTEST_SKIP() << "not with this kernel";
  EXPECT_GT(part, 0.5);  // 0.98 on an idle machine, 0.11 if they did not yield
}

/// A thread of ours that does as it is told: nothing, somewhere.
class Idler {
 public:
  Idler() = default;
  explicit Idler(int processor) : Idler() {
    while (!tid_) std::this_thread::yield();
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    EXPECT_EQ(::pthread_setaffinity_np(handle(), sizeof set, &set), 0);
  }
  ~Idler() {
    done_ = true;
    thread_.join();
  }
  Tid tid() const { return {tid_}; }
  pthread_t handle() { return thread_.native_handle(); }
  std::vector<int> processors() {
    std::vector<int> found;
    cpu_set_t set;
    EXPECT_EQ(::pthread_getaffinity_np(handle(), sizeof set, &set), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set)) found.push_back(cpu);
    return found;
  }

 private:
  std::atomic<int> tid_{0};
  std::atomic<bool> done_{false};
  std::thread thread_{[this] {
    tid_ = self().value;
    while (!done_) std::this_thread::sleep_for(100us);
  }};
};

TEST_F(Companions, AreJoinedByOurHelpersAsLongAsWeStay) {
  Idler helper;
  company_.take_along(helper.handle());
  come();
  EXPECT_EQ(helper.processors(), std::vector<int>{other()});
  company_.leave();
  EXPECT_EQ(helper.processors(), before_);
}

TEST_F(Companions, ChangePlacesWithASingleThreadThatIsHitAmongThem) {
  alone_ = true;
  EXPECT_TRUE(soon([&] {
    come();
    const int theirs = other();
    const Idler hit(theirs);
    const Nanoseconds until = now() + 15'000'000;  // company stays for longer than that
    while (now() < until && processors() != std::vector<int>{theirs}) {
      if (company_.running() == 0) return false;  // this machine is too busy: again
      company_.prolong(now(), 20'000'000, hit.tid(), true);
      std::this_thread::sleep_for(1ms);
    }
    return processors() == std::vector<int>{theirs} && company_.running() > 0;
  }));
}

TEST_F(Companions, StayWhereTheyAreForThreadsThatAreHitBesideUs) {
  come();
  const std::vector<int> here = processors();
  const Idler hit(here.front());
  for (int i = 0; i < 30; ++i) {
    company_.prolong(now(), 20'000'000, hit.tid(), true);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(processors(), here);
}

TEST_F(Companions, AreNotNeededToStayBesideAThread) {
  const int there = before_[1];
  const Idler hit(there), elsewhere(before_[0]);
  ASSERT_TRUE(soon([&] {
    company_.leave();
    company_.stay_beside(now(), hit.tid());
    return processors() == std::vector<int>{there};
  }));
  Nanoseconds later = now();
  company_.stay_beside(later += 10'000'000, elsewhere.tid());
  EXPECT_EQ(processors(), std::vector<int>{there});  // for a moment
  EXPECT_TRUE(soon([&] {
    company_.stay_beside(later += 10'000'000, elsewhere.tid());
    return processors() == std::vector<int>{before_[0]};
  }));
  EXPECT_EQ(company_.running(), 0u);
  company_.leave();
  EXPECT_EQ(processors(), before_);
}

int nice_value() {
  return ::getpriority(PRIO_PROCESS, 0);
}

TEST_F(Companions, AreAReasonToStandBackBehindASingleThread) {
  const int before = nice_value();
  Deference deference;
  std::thread([&] { deference.find_out(); }).join();
  deference.set(true);
  const bool is_possible = nice_value() != before;
  deference.set(false);
  EXPECT_EQ(nice_value(), before);
  if (!is_possible) GTEST_SKIP() << "a priority can't be had back here";
  alone_ = true;
  come();
  EXPECT_TRUE(soon([&] {
    company_.prolong(now(), 20'000'000, self(), true);
    return nice_value() > before;
  }));
  company_.prolong(now(), 20'000'000, self(), false);
  EXPECT_EQ(nice_value(), before);
  company_.prolong(now(), 20'000'000, self(), true);
  EXPECT_GT(nice_value(), before);
  company_.leave();
  EXPECT_EQ(nice_value(), before);
}

/// What can't be undone is not done, nor is what has not been found out yet.
TEST(Deference, IsNotShownUnasked) {
  const int before = nice_value();
  Deference deference;
  deference.set(true);
  EXPECT_EQ(nice_value(), before);
}

class Turns {
 public:
  /// So many turns, from each to the next `away`.
  void pass(int turns, Nanoseconds away) {
    for (int i = 0; i < turns; ++i) {
      guests_.turn_begins(now_ += away);
      guests_.turn_ends(now_ += 10'000);
    }
  }
  bool have_guests() const { return guests_.are_here(); }

 private:
  Guests guests_;
  Nanoseconds now_ = 1'000'000'000;
};

TEST(Guests, AreSeenByTheTimeBetweenTurns) {
  Turns turns;
  turns.pass(100, 800);
  EXPECT_FALSE(turns.have_guests());
  turns.pass(1, 3'000'000);
  EXPECT_TRUE(turns.have_guests());
  turns.pass(100, 800);
  EXPECT_FALSE(turns.have_guests());
  for (int i = 0; i < 10; ++i) {  // an interrupt now and then
    turns.pass(1, 10'000);
    EXPECT_FALSE(turns.have_guests());
    turns.pass(50, 800);
  }
  turns.pass(10, 4'000);  // somebody who works for moments and sleeps again
  EXPECT_TRUE(turns.have_guests());
}

TEST_F(Companions, EndWhileTheyRun) {
  for (int i = 0; i < 100; ++i) {
    Company company;
    company.prolong(now(), 20'000'000, self(), false);
    company.leave();
  }
}

}  // namespace
}  // namespace sidestep::os
