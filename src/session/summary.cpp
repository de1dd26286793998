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
  std::uint64_t hits = 0, returns = 0;
};

/// Of one probe at one site.
core::ProbeBooks books_of(const core::Account& account, SiteId id, const core::Tally& site,
                          std::size_t position) {
  const auto watched = account.watched.find(id);
  if (watched == account.watched.end()) return {site.reported, 0, 0};
  return watched->second[position];
}

bool is_at_return(const Catalog& catalog, SiteId id, std::size_t position) {
  const core::Observations* seen = catalog.observations(id);
  return seen && (*seen)[position].at_return;
}

ProbeTally tally(const std::string& spec, ProbeId probe, const core::Account& account,
                 const Catalog& catalog) {
  Counts all;
  ProbeTally result;
  result.probe = spec;
  std::map<std::pair<std::string, std::string>, Counts> functions;  // by module, name
  account.sites.for_each([&](SiteId id, const core::Tally& site_books) {
    const SiteInfo site = catalog.describe(id);
    const auto found = std::find(site.probes.begin(), site.probes.end(), probe);
    if (found == site.probes.end()) return;
    const auto position = static_cast<std::size_t>(found - site.probes.begin());
    const core::ProbeBooks books = books_of(account, id, site_books, position);
    result.at_return |= is_at_return(catalog, id, position);
    Counts& function = functions[{site.module, site.func}];
    for (Counts* counts : {&all, &function}) {
      counts->sites.insert(site.ip);
      counts->hits += books.hits;
      counts->returns += books.returns;
    }
  });
  const auto fill = [&](auto& to, const Counts& counts) {
    to.sites = counts.sites.size();
    to.hits = counts.hits;
    if (!result.at_return) return;
    to.returns = counts.returns;
    to.unfinished = counts.hits - std::min(counts.hits, counts.returns);
  };
  fill(result, all);
  for (const auto& [name, counts] : functions) {
    result.functions.push_back({name.second, name.first});
    fill(result.functions.back(), counts);
  }
  return result;
}

/// All that the time in account.on_hits was spent on.
std::uint64_t arrivals_and_returns(const core::Account& account) {
  std::uint64_t all = account.hits;
  account.sites.for_each([&](SiteId, const core::Tally& books) { all += books.filtered; });
  for (const auto& [id, watched] : account.watched)
    for (const core::ProbeBooks& books : watched) all += books.returns;
  return all;
}

std::uint64_t filtered(const core::Account& account) {
  std::uint64_t all = 0;
  account.sites.for_each([&](SiteId, const core::Tally& books) { all += books.filtered; });
  for (const auto& [id, watched] : account.watched)
    for (const core::ProbeBooks& books : watched) all += books.dropped;
  return all;
}

}  // namespace

Summary summarise(const SessionOptions& options, const core::Account& account,
                  const Catalog& catalog, std::uint64_t lost) {
  Summary s;
  s.mode = options.mode;
  s.step = options.step;
  s.hits = account.hits;
  s.completed = account.hits - account.undone;
  s.filtered = filtered(account);
  s.audit = account.audit;
  if (options.mode != Mode::Lift && account.audit == "held") s.missed = 0;
  s.lost = lost;
  s.bystander_stops = account.bystander_stops;
  s.waits = account.waits;
  if (account.armed_at)
    s.duration_s = static_cast<double>(account.disarmed_at - account.armed_at) * 1e-9;
  if (const std::uint64_t looked_at = arrivals_and_returns(account))
    s.tracer_us_per_hit =
        static_cast<double>(account.on_hits) * 1e-3 / static_cast<double>(looked_at);
  s.tracer_cpu_s = cpu_seconds();
  for (std::size_t i = 0; i < options.probes.size(); ++i)
    s.probes.push_back(tally(options.probes[i], static_cast<ProbeId>(i), account, catalog));
  s.processes = account.processes;
  return s;
}

}  // namespace sidestep::session
