// Finding functions by name, in a new resolver each time: opening the file and indexing it is what
// takes the time. The C library of this machine, and a program with 100,000 symbols.
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <cstdlib>

#include "symbols/elf_resolver.hpp"
#include "symbols/probe_spec.hpp"

namespace sidestep::bench {
namespace {

core::Module module_of(const std::string& path) {
  core::Module module;
  module.path = module.file = path;
  module.base = Address{0x7f12'3456'0000};
  core::Mapping mapping;
  mapping.range = {module.base, module.base + (64 << 20)};
  mapping.readable = mapping.executable = true;
  mapping.path = path;
  module.mappings.push_back(mapping);
  return module;
}

std::string c_library() {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(&std::malloc), &info);
  return info.dli_fname;
}

void find(benchmark::State& state, const std::string& file, const char* probe, std::size_t least) {
  const core::Module module = module_of(file);
  const auto spec = symbols::parse_probe(probe);
  for (auto _ : state) {
    const auto resolver = symbols::make_resolver();
    const auto found = resolver->find(module, std::span(&spec.value(), 1));
    if (!found || found->locations.size() < least) state.SkipWithError("not found");
    benchmark::DoNotOptimize(found);
  }
}

void libc_one_name(benchmark::State& state) {
  find(state, c_library(), "malloc", 1);
}
BENCHMARK(libc_one_name)->Unit(benchmark::kMillisecond);

void libc_glob(benchmark::State& state) {
  find(state, c_library(), "str*", 10);
}
BENCHMARK(libc_glob)->Unit(benchmark::kMillisecond);

void glob_of_100000(benchmark::State& state) {
  find(state, MANY_SITES, "site_*", 100'000);
}
BENCHMARK(glob_of_100000)->Unit(benchmark::kMillisecond);

void one_of_100000(benchmark::State& state) {
  find(state, MANY_SITES, "site_04711", 1);
}
BENCHMARK(one_of_100000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sidestep::bench
