// Giving out slots, with their entries in the directory: once a site, at arming.
#include "displaced/scratch.hpp"

#include <benchmark/benchmark.h>

#include "sites.hpp"

namespace sidestep::bench {
namespace {

const auto kArch = amd64::make_architecture();
constexpr std::size_t kSlotBytes = 32;

displaced::Scratch with_area(std::uint64_t bytes) {
  displaced::Scratch scratch(*kArch);
  scratch.add_area({kSlot, kSlot + bytes});
  return scratch;
}

void allocate_slots(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  std::vector<core::Instruction> instructions;
  for (std::uint64_t n = 0; n < count; ++n)
    instructions.push_back(analyzed(*kArch, samples()[1], site_address(n)));
  for (auto _ : state) {
    displaced::Scratch scratch = with_area(core::SlotSource::largest_area);
    for (const core::Instruction& insn : instructions) {
      const auto slot = scratch.allocate(insn, kSlotBytes);
      if (!slot) state.SkipWithError("no slot");
      benchmark::DoNotOptimize(slot);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(allocate_slots)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

void choose_area(benchmark::State& state) {
  std::vector<core::Mapping> mappings;
  for (std::uint64_t n = 0; n < static_cast<std::uint64_t>(state.range(0)); ++n) {
    core::Mapping mapping;
    mapping.range = {kSite + n * 0x4000, kSite + n * 0x4000 + 0x2000};
    mapping.readable = mapping.executable = true;
    mappings.push_back(mapping);
  }
  const core::Instruction insn = analyzed(*kArch, samples()[2]);
  displaced::Scratch scratch(*kArch);
  for (auto _ : state) benchmark::DoNotOptimize(scratch.choose_area(insn, 4096, mappings));
}
BENCHMARK(choose_area)->Arg(30)->Arg(3000);

}  // namespace
}  // namespace sidestep::bench
