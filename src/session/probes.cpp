#include "session/probes.hpp"

#include "symbols/probe_spec.hpp"

namespace sidestep::session {

Result<std::vector<core::ProbeSpec>> parse_probes(const std::vector<std::string>& texts) {
  std::vector<core::ProbeSpec> specs;
  for (const std::string& text : texts) {
    auto spec = symbols::parse_probe(text);
    if (!spec) return spec.error();
    specs.push_back(std::move(*spec));
  }
  return specs;
}

Result<std::vector<core::ProbeSpec>> parse_excluded(const std::vector<std::string>& texts) {
  auto specs = parse_probes(texts);
  if (!specs) return specs;
  for (const core::ProbeSpec& spec : *specs)
    if (!spec.plain())
      return Error{ErrorKind::Usage, "-X '" + spec.text +
                                         "': what is left out takes no %return, arguments or "
                                         "condition: write the place alone"};
  return specs;
}

}  // namespace sidestep::session
