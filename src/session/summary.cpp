#include "session/summary.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace sidestep::session {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Counts {
  std::set<Address> sites;
  std::uint64_t hits = 0;
};

ProbeTally tally(const std::string& spec, ProbeId probe, const core::Account& account,
                 const Catalog& catalog) {
  Counts all;
  std::map<std::pair<std::string, std::string>, Counts> functions;  // by module, name
  for (const auto& [id, books] : account.sites) {
    const SiteInfo& site = catalog.get(id);
    if (std::find(site.probes.begin(), site.probes.end(), probe) == site.probes.end()) continue;
    Counts& function = functions[{site.module, site.func}];
    for (Counts* counts : {&all, &function}) {
      counts->sites.insert(site.ip);
      counts->hits += books.reported;
    }
  }
  ProbeTally result{spec, all.sites.size(), all.hits, {}};
  for (const auto& [name, counts] : functions)
    result.functions.push_back({name.second, name.first, counts.sites.size(), counts.hits});
  return result;
}

}  // namespace

Summary summarise(const SessionOptions& options, const core::Account& account,
                  const Catalog& catalog, std::uint64_t lost) {
  Summary s;
  s.mode = options.mode;
  s.step = options.step;
  s.hits = account.hits;
  s.completed = account.hits - account.undone;
  s.audit = account.audit;
  if (options.mode != Mode::Lift && account.audit == "held") s.missed = 0;
  s.lost = lost;
  s.bystander_stops = account.bystander_stops;
  s.waits = account.waits;
  if (account.armed_at)
    s.duration_s = static_cast<double>(account.disarmed_at - account.armed_at) * 1e-9;
  if (account.hits)
    s.tracer_us_per_hit =
        static_cast<double>(account.on_hits) * 1e-3 / static_cast<double>(account.hits);
  s.tracer_cpu_s = cpu_seconds();
  for (std::size_t i = 0; i < options.probes.size(); ++i)
    s.probes.push_back(tally(options.probes[i], static_cast<ProbeId>(i), account, catalog));
  s.processes = account.processes;
  return s;
}

}  // namespace sidestep::session
