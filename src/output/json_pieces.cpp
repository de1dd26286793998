#include "output/json_pieces.hpp"

#include <cstddef>
#include <cstdint>

#include "output/names.hpp"
#include "output/short_text.hpp"

namespace sidestep::output {
namespace {

template <class Write>
std::string members(Write write) {
  fmt::memory_buffer text;
  JsonLine line(text);
  write(line);
  return fmt::to_string(text);
}

/// Neighbouring sites, and the probes of one site, get places of their own.
std::size_t place_number(const SiteInfo& site, ProbeId probe) {
  return static_cast<std::size_t>(site.id) + static_cast<std::size_t>(probe) * 31;
}

}  // namespace

void write_site(JsonLine& line, const SiteInfo& site) {
  line.hex("ip", site.ip.value);
  line.bytes("module", site.module);
  line.hex("off", site.off.value);
  line.bytes("func", site.func);
  line.bytes("src", site.src ? describe(*site.src) : std::string());
}

std::string_view JsonPieces::thread(Pid pid, Tid tid, std::string_view comm) {
  Thread& kept = threads_[static_cast<std::uint32_t>(tid.value) % threads];
  if (!kept.members.empty() && kept.tid == tid && kept.pid == pid && same_text(kept.comm, comm))
    return kept.members;
  kept = {pid, tid, std::string(comm), members([&](JsonLine& line) {
            line.number("pid", std::int64_t{pid.value});
            line.number("tid", std::int64_t{tid.value});
            line.bytes("comm", comm);
          })};
  return kept.members;
}

JsonPieces::Place& JsonPieces::place(const SiteInfo& site, ProbeId probe, std::string_view spec) {
  Kept& kept = places_[place_number(site, probe) % places];
  const bool numbered = site.id != SiteId::None;
  if (numbered && kept.site == &site && kept.probe == probe) return kept.place;
  kept = {numbered ? &site : nullptr,
          probe,
          {members([&](JsonLine& line) {
             line.bytes("probe", spec);
             write_site(line, site);
           }),
           {}}};
  return kept.place;
}

void JsonPieces::forget() {
  places_.assign(places, {});
}

}  // namespace sidestep::output
