#include "output/names.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>

#include <cstddef>
#include <cstdint>

#include "output/bytes.hpp"

namespace sidestep::output {

std::string_view mode_name(Mode mode) {
  switch (mode) {
    case Mode::Displaced:
      return "displaced";
    case Mode::AllStop:
      return "all-stop";
    case Mode::Lift:
      return "lift";
  }
  return "?";
}

std::string_view step_name(Step step) {
  return step == Step::Boosted ? "boosted" : "single";
}

std::string signal_name(int signal) {
  // SIGRTMIN is a call in glibc, which keeps the first two real-time signals (32, 33) for itself.
  if (signal >= SIGRTMIN && signal <= SIGRTMAX) {
    const int nth = signal - SIGRTMIN;
    return nth == 0 ? "SIGRTMIN" : fmt::format("SIGRTMIN+{}", nth);
  }
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("SIG{}", signal);
}

std::string describe(const ExitStatus& exit) {
  if (const auto* exited = std::get_if<Exited>(&exit)) {
    return fmt::format("exited with {}", exited->code);
  }
  if (const auto* signaled = std::get_if<Signaled>(&exit)) {
    return "killed by " + signal_name(signaled->signal);
  }
  return "still running";
}

std::string describe(const SourceLine& src) {
  return fmt::format("{}:{}", src.file, src.line);
}

namespace {

/// C++ names may come with their parameters, `ns::f(int) const`: those need no "()".
bool has_parameters(std::string_view func) {
  const auto close = func.rfind(')');
  if (close == std::string_view::npos || func.ends_with("operator()")) return false;
  const auto rest = func.substr(close + 1);
  return rest.empty() || rest.starts_with(" const") || rest.starts_with(" &") ||
         rest.starts_with(" volatile") || rest.starts_with(" [");
}

/// Up to the parenthesis that the last one closes.
std::string_view without_parameters(std::string_view func) {
  if (!has_parameters(func)) return func;
  std::size_t open = 0;
  for (std::size_t at = func.rfind(')') + 1; at-- > 0;) {
    if (func[at] == ')') ++open;
    if (func[at] == '(' && --open == 0) return at > 0 ? func.substr(0, at) : func;
  }
  return func;
}

}  // namespace

std::string site_label(const SiteInfo& site) {
  if (site.func.empty()) {
    return site.module.empty() ? fmt::format("{:#x}", site.ip.value)
                               : fmt::format("{}+{:#x}", printable(site.module), site.off.value);
  }
  if (site.func_off != 0) return fmt::format("{}+{:#x}", printable(site.func), site.func_off);
  return has_parameters(site.func) ? printable(site.func) : printable(site.func) + "()";
}

std::string call_label(const SiteInfo& site) {
  if (site.func.empty() || site.func_off != 0) return site_label(site);
  return printable(without_parameters(site.func));
}

std::string frame_label(const Frame& frame) {
  if (frame.module.empty() && frame.func.empty()) return fmt::format("[{:#x}]", frame.ip.value);
  std::string label = printable(frame.module) + "(";
  if (!frame.func.empty()) label += fmt::format("{}+{:#x}", printable(frame.func), frame.func_off);
  label += ')';
  if (frame.src) label += " " + printable(describe(*frame.src));
  const std::uint64_t where = frame.module.empty() ? frame.ip.value : frame.off.value;
  return label + fmt::format(" [{:#x}]", where);
}

}  // namespace sidestep::output
