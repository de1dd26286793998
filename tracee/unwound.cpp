// unwound [threads] [rounds]
// Exercises: exceptions thrown through 1,000 calls of `called`, caught half way up and thrown
// again, or not thrown at all; destructors on the way. Prints: arrivals (calls of called), returned
// (those that came back), destroyed, seconds, ok.
#include <pthread.h>

#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tracee.h"

namespace {

struct Counts {
  std::uint64_t arrivals = 0, returned = 0, made = 0, destroyed = 0;
};
thread_local Counts mine;

struct Guard {
  Guard() { ++mine.made; }
  ~Guard() { ++mine.destroyed; }
};

constexpr int depth = 1000, half_way = 500;
enum class Way { Throws, ThrowsAgain, CaughtHalfWay, Returns };

}  // namespace

extern "C" [[gnu::noipa]] int called(Way way, int left);

namespace {

[[gnu::noipa]] int deeper(Way way, int left) {
  const Guard guard;
  const bool middle = left == half_way && way != Way::Throws && way != Way::Returns;
  if (!middle) {
    const int result = called(way, left - 1) + 1;
    ++mine.returned;
    return result;
  }
  try {
    const int result = called(way, left - 1) + 1;
    ++mine.returned;
    return result;
  } catch (const std::runtime_error&) {
    if (way == Way::ThrowsAgain) throw;
    return 1;
  }
}

/// What is behind the call is also where the catch block goes on.
[[gnu::noipa]] int swallowed(int times) {
  int caught = 0;
  for (int i = 0; i < times; ++i) {
    try {
      called(Way::Throws, 0);
    } catch (const std::runtime_error&) {
    }
    ++caught;
  }
  return caught;
}

void round(bool& ok) {
  constexpr int times = 20;
  ok = ok && swallowed(times) == times;
  for (const Way way : {Way::Throws, Way::ThrowsAgain, Way::CaughtHalfWay, Way::Returns}) {
    bool thrown = false;
    try {
      called(way, depth);
      ++mine.returned;
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    ok = ok && thrown == (way == Way::Throws || way == Way::ThrowsAgain);
  }
}

}  // namespace

extern "C" int called(Way way, int left) {
  ++mine.arrivals;
  if (left) return deeper(way, left);
  if (way != Way::Returns) throw std::runtime_error("thrown");
  return 0;
}

int main(int argc, char** argv) {
  const long threads = arg_long(argc, argv, 1, 1, 1, 64);
  const long rounds = arg_long(argc, argv, 2, 1, 1, 100000);
  const double begin = now_s();
  std::vector<Counts> counts(static_cast<std::size_t>(threads));
  std::vector<char> right(counts.size(), 1);
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < counts.size(); ++i)
    all.emplace_back([&, i] {
      bool ok = true;
      for (long n = 0; n < rounds; ++n) round(ok);
      counts[i] = mine;
      right[i] = ok && mine.made == mine.destroyed;
    });
  for (std::thread& one : all) one.join();
  Counts sum;
  bool ok = true;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sum.arrivals += counts[i].arrivals;
    sum.returned += counts[i].returned;
    sum.destroyed += counts[i].destroyed;
    ok = ok && right[i];
  }
  std::printf("arrivals=%lu\nreturned=%lu\ndestroyed=%lu\nseconds=%.6f\n", sum.arrivals,
              sum.returned, sum.destroyed, now_s() - begin);
  return verdict(ok);
}
