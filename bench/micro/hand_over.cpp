// From the tracing thread's hands to a line: arrivals with six arguments, through the queue, to
// JSON Lines in /dev/null. The CPU time that is shown is the tracing thread's, for a record;
// `output_ns` is the output thread's.
#include <benchmark/benchmark.h>
#include <time.h>

#include "core/payload.hpp"
#include "session/pump.hpp"
#include "sidestep/output.hpp"

namespace sidestep::bench {
namespace {

constexpr int arguments = 6;

double cpu_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Of all threads but this one.
double others_cpu_ns() {
  return cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns(CLOCK_THREAD_CPUTIME_ID);
}

std::shared_ptr<const core::Observations> observations() {
  core::Observation seen;
  seen.at_entry.program.items = arguments;
  for (std::uint16_t i = 0; i < arguments; ++i) {
    core::Shape shape;
    shape.kind = core::Shape::Kind::Unsigned;
    shape.size = 8;
    shape.item = i;
    seen.at_entry.values.emplace_back("arg" + std::to_string(i + 1), shape);
  }
  return std::make_shared<core::Observations>(core::Observations{seen});
}

std::vector<std::uint8_t> payload() {
  std::vector<std::uint8_t> bytes = {1};
  for (int i = 1; i <= arguments; ++i) {
    core::append(bytes, std::uint8_t{0});
    core::append(bytes, std::uint32_t{8});
    core::append(bytes, std::uint64_t{1} << (7 * i));
  }
  core::append(bytes, core::Stack{});
  return bytes;
}

SiteInfo site() {
  SiteInfo site;
  site.ip = Address{0x5555'5555'5040};
  site.module = "server";
  site.off = LoadOffset{0x1040};
  site.func = "handle_request";
  site.probes = {ProbeId{}};
  return site;
}

void hand_over(benchmark::State& state) {
  OutputOptions output;
  output.format = Format::Jsonl;
  output.destination = "/dev/null";
  const auto sink = make_sink(output);
  if (!sink) return state.SkipWithError("cannot open /dev/null");
  SessionOptions options;
  options.probes = {"handle_request $params"};
  session::Catalog catalog;
  core::Record record;
  record.site = catalog.add(site(), observations());
  const auto seen = payload();
  record.code = static_cast<std::int32_t>(seen.size());
  session::Pump pump(options, catalog, **sink, [] {});
  const double before = others_cpu_ns();
  for (auto _ : state) {
    record.ts += 11'000;
    ++record.seq;
    pump.record(record, seen);
  }
  pump.finish();
  const double after = others_cpu_ns();
  state.counters["output_ns"] = (after - before) / static_cast<double>(state.iterations());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hand_over);

}  // namespace
}  // namespace sidestep::bench
