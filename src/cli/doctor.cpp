#include "sidestep/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/standard_output.hpp"
#include "cli/verbs.hpp"

namespace sidestep::cli {
namespace {

const char* mark(Finding::Verdict verdict) {
  switch (verdict) {
    case Finding::Verdict::Good:
      return "ok";
    case Finding::Verdict::Note:
      return "note";
    case Finding::Verdict::Bad:
      break;
  }
  return "NO";
}

}  // namespace

Ending doctor(const Options& options) {
  const auto& pids = options.session.pids;
  const auto findings = examine(pids.empty() ? std::nullopt : std::optional(pids.front()));
  std::size_t widest = 0;
  for (const Finding& finding : findings) widest = std::max(widest, finding.what.size());
  std::string text;
  for (const Finding& finding : findings)
    text += fmt::format("{:<4}  {:<{}}  {}\n", mark(finding.verdict), finding.what, widest,
                        finding.says);
  const bool bad = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.verdict == Finding::Verdict::Bad;
  });
  text += bad ? "Tracing is not possible: see NO.\n" : "Tracing is possible.\n";
  Ending ending = print(text);
  if (ending == Ending{} && bad) ending.code = kCannotTrace;
  return ending;
}

}  // namespace sidestep::cli
