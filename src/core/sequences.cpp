// Sites inside restartable sequences that no file declares (docs/adr/0010): each arrival aborts the
// sequence. A program that tries again without end would never get past such a site.
#include <array>
#include <utility>

#include "core/engine.hpp"

namespace sidestep::core {

/// Whether the module's code holds the signature that the kernel wants before every abort handler.
/// Looked for once a module, and only where a probe has matched.
bool Arming::has_sequences(const Module& module, Tid by) {
  const auto known = has_sequences_.find({module.path, module.base});
  if (known != has_sequences_.end()) return known->second;
  bool found = false;
  for (const Mapping& mapping : module.mappings)
    if (mapping.executable && !found) found = holds_signature(mapping.range, by);
  return has_sequences_[{module.path, module.base}] = found;
}

bool Arming::holds_signature(AddressRange code, Tid by) const {
  constexpr std::uint64_t chunk = 1 << 18, overlap = 8;
  std::vector<std::uint8_t> bytes;
  for (Address at = code.begin; at < code.end; at = at + chunk) {
    bytes.resize(std::min(code.end.value - at.value, chunk + overlap));
    bytes.resize(kernel_.read(by, at, bytes));
    if (arch_.has_abort_signature(bytes)) return true;
  }
  return false;
}

/// Says it once a site, and gives the site up before it does harm.
void Engine::note_sequence(Thread& thread, const StopEvent& event) {
  const auto* here = std::get_if<stop::Sequence>(&event);
  if (!here) {
    if (std::holds_alternative<stop::Trap>(event)) thread.aborts = 0;
    return;
  }
  Process& process = *thread.process;
  Site& site = process.sites.get(here->site);
  const bool said = site.sequence_said;
  site.sequence_said = true;
  if (!said)
    parts_.recorder.notice(process.pid,
                           "a breakpoint lies in a restartable sequence (rseq): each arrival there "
                           "aborts the sequence, and counts as a hit that was not completed");
  if (thread.aborting != here->site) thread.aborts = 0;
  thread.aborting = here->site;
  constexpr std::uint32_t enough = 10'000;  // some tens of milliseconds
  if (++thread.aborts == enough && site.armed)
    give_up(process, site, thread.tid,
            "is a restartable sequence, which was aborted 10000 times in a row");
}

}  // namespace sidestep::core
