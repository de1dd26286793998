#include "symbols/symbolizer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sidestep::symbols {

void Symbolizer::set_modules(Pid process, std::span<const core::Mapping> mappings,
                             std::span<const core::Module> modules) {
  Process fresh;
  for (const core::Module& module : modules) {
    if (module.mappings.empty()) continue;
    fresh.places.push_back({{module.base, module.mappings.back().range.end}, module});
  }
  for (const core::Mapping& m : mappings) {
    if (m.path != "[vdso]") continue;
    core::Module vdso;
    vdso.path = m.path;
    vdso.base = m.range.begin;
    fresh.places.push_back({m.range, std::move(vdso)});
  }
  std::sort(fresh.places.begin(), fresh.places.end(),
            [](const Place& a, const Place& b) { return a.range.begin < b.range.begin; });
  processes_[process] = std::move(fresh);
}

std::vector<Frame> Symbolizer::frames(Pid process, std::span<const Address> stack) {
  std::vector<Frame> frames;
  Process& its = processes_[process];
  for (const Address ip : stack) {
    const bool innermost = frames.empty();
    frames.push_back(innermost ? known(its, its.sites, ip, ip) : known(its, its.calls, ip, ip - 1));
  }
  return frames;
}

std::string Symbolizer::function(Pid process, Address entry) {
  Process& its = processes_[process];
  const Frame& there = known(its, its.sites, entry, entry);
  return there.func_off == 0 ? there.func : "";
}

const Frame& Symbolizer::known(const Process& process, std::unordered_map<Address, Frame>& cache,
                               Address ip, Address inside) {
  constexpr std::size_t most = 1 << 16;
  if (cache.size() >= most) cache.clear();
  const auto [place, added] = cache.try_emplace(ip);
  if (added) place->second = describe(process, ip, inside);
  return place->second;
}

Frame Symbolizer::describe(const Process& process, Address ip, Address inside) {
  Frame frame;
  frame.ip = ip;
  const auto& places = process.places;
  const auto after = std::upper_bound(
      places.begin(), places.end(), inside,
      [](Address address, const Place& place) { return address < place.range.begin; });
  if (after == places.begin() || !std::prev(after)->range.contains(inside)) return frame;
  const core::Module& module = std::prev(after)->module;
  frame.module = module.path.substr(module.path.rfind('/') + 1);
  frame.off = {ip.value - module.base.value};
  core::Location where = resolver_.describe(module, inside);
  frame.func = std::move(where.function);
  if (!frame.func.empty() && where.function_range.begin) {
    frame.func_off = ip.value - where.function_range.begin.value;
  }
  if (!where.source_file.empty()) {
    frame.src = SourceLine{std::move(where.source_file), where.source_line};
  }
  return frame;
}

}  // namespace sidestep::symbols
