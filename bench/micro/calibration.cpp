// Arithmetic that depends on nothing of ours: how fast this machine is today. bench/check-baseline
// divides by it, so that a baseline of another machine still says something.
#include <benchmark/benchmark.h>

#include <cstdint>

namespace {

void calibration(benchmark::State& state) {
  std::uint64_t x = 88172645463325252u;
  for (auto _ : state) {
    for (int i = 0; i < 1000; ++i) {  // xorshift: each step waits for the one before
      x ^= x << 13;
      x ^= x >> 7;
      x ^= x << 17;
    }
    benchmark::DoNotOptimize(x);
  }
}
BENCHMARK(calibration);

}  // namespace
