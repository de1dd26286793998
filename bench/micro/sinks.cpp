// Writing events out, to /dev/null: what a hit costs the output thread, in each format.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "sidestep/output.hpp"

namespace sidestep::bench {
namespace {

SiteInfo site() {
  SiteInfo site;
  site.pid = Pid{4711};
  site.ip = Address{0x5555'5555'5040};
  site.module = "server";
  site.module_path = "/srv/bin/server";
  site.off = LoadOffset{0x1040};
  site.func = "handle_request";
  site.src = SourceLine{"server.c", 120};
  site.probes = {ProbeId{}};
  return site;
}

StartEvent start(const SiteInfo& site) {
  StartEvent event;
  event.pid = site.pid;
  event.command = {"/srv/bin/server"};
  event.probes = {"handle_request"};
  event.sites = {site};
  return event;
}

HitEvent hit(const SiteInfo& site, int arguments) {
  HitEvent event;
  event.pid = site.pid;
  event.tid = Tid{4712};
  event.comm = "worker-3";
  event.site = &site;
  for (int i = 1; i <= arguments; ++i)
    event.args.push_back({"arg" + std::to_string(i), {std::uint64_t{1} << (7 * i)}});
  return event;
}

void write(benchmark::State& state, Format format) {
  OutputOptions options;
  options.format = format;
  options.destination = "/dev/null";
  const auto output = make_sink(options);
  if (!output) return state.SkipWithError("cannot open /dev/null");
  const SiteInfo where = site();
  (*output)->write(start(where));
  Event event = hit(where, static_cast<int>(state.range(0)));
  HitEvent& next = std::get<HitEvent>(event);
  for (auto _ : state) {
    next.ts += 11'000;
    ++next.seq;
    (*output)->write(event);
  }
  if (!(*output)->flush()) state.SkipWithError("cannot write");
  (void)(*output)->close();
  state.SetItemsProcessed(state.iterations());
}

void sink_text(benchmark::State& state) {
  write(state, Format::Text);
}
BENCHMARK(sink_text)->Arg(0)->Arg(6);

void sink_jsonl(benchmark::State& state) {
  write(state, Format::Jsonl);
}
BENCHMARK(sink_jsonl)->Arg(0)->Arg(6);

}  // namespace
}  // namespace sidestep::bench
