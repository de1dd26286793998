// Decoding and classifying an instruction, and writing what does the same in a slot: once a site,
// at arming.
#include <benchmark/benchmark.h>

#include "amd64/amd64.hpp"
#include "instructions.hpp"

namespace sidestep::bench {
namespace {

const core::Architecture& arch() {
  static const auto kArch = amd64::make_architecture();
  return *kArch;
}

const Sample& sample_of(benchmark::State& state) {
  const Sample& sample = samples()[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(sample.name);
  return sample;
}

void analyze(benchmark::State& state) {
  const Sample& sample = sample_of(state);
  for (auto _ : state) benchmark::DoNotOptimize(arch().analyze(sample.code, kSite));
}
BENCHMARK(analyze)->DenseRange(0, 4);

void relocate(benchmark::State& state) {
  const core::Instruction insn = analyzed(arch(), sample_of(state));
  for (auto _ : state) benchmark::DoNotOptimize(arch().relocate(insn, kSlot));
}
BENCHMARK(relocate)->DenseRange(0, 4);

}  // namespace
}  // namespace sidestep::bench
