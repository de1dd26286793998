// Looking a site up: at each trap by its address, and by the PC for a thread that may be in a slot.
// All sites take their turn, so that with many of them the caches miss, as they would.
#include <benchmark/benchmark.h>

#include "sites.hpp"

namespace sidestep::bench {
namespace {

const auto kArch = amd64::make_architecture();
constexpr std::int64_t kMost = 100'000;

void site_at(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  const core::SiteTable table = make_table(*kArch, count);
  Wander order(count);
  for (auto _ : state) benchmark::DoNotOptimize(table.at(site_address(order.next())));
}
BENCHMARK(site_at)->RangeMultiplier(10)->Range(1, kMost);

void locate_in_slot(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  const core::SiteTable table = make_table(*kArch, count);
  Wander order(count);
  for (auto _ : state) benchmark::DoNotOptimize(table.locate(kSlot + order.next() * 32));
}
BENCHMARK(locate_in_slot)->RangeMultiplier(10)->Range(1, kMost);

void locate_in_program(benchmark::State& state) {
  const core::SiteTable table = make_table(*kArch, 1000);
  for (auto _ : state) benchmark::DoNotOptimize(table.locate(kSite));
}
BENCHMARK(locate_in_program);

}  // namespace
}  // namespace sidestep::bench
