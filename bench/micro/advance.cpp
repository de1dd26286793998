// The state machine: what a trap leads to, boosted and single-stepped.
#include "core/advance.hpp"

#include <benchmark/benchmark.h>

#include "displaced/policy.hpp"
#include "sites.hpp"

namespace sidestep::bench {
namespace {

const auto kArch = amd64::make_architecture();
const displaced::DisplacedPolicy kBoosted{Step::Boosted}, kSingle{Step::Single};

void trap(benchmark::State& state, const core::Policy& policy) {
  const core::SiteTable table = make_table(*kArch, 1000);
  const core::ThreadState free = core::state::Free{};
  const core::View view{
      free, core::Role::Member, core::ProcessState::Tracing, false, table, policy, kBoosted};
  Wander order(1000);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        core::advance(view, core::stop::Trap{static_cast<SiteId>(order.next() + 1)}));
}

void advance_boosted(benchmark::State& state) {
  trap(state, kBoosted);
}
BENCHMARK(advance_boosted);

void advance_single(benchmark::State& state) {
  trap(state, kSingle);
}
BENCHMARK(advance_single);

}  // namespace
}  // namespace sidestep::bench
