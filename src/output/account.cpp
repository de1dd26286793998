#include "output/account.hpp"

#include <fmt/format.h>

#include <cmath>

#include "output/bytes.hpp"

namespace sidestep::output {

std::string account(const Summary& summary) {
  std::string text;
  const char* so_far = summary.interim ? "so far: " : "";
  if (summary.audit != "held") {
    text = fmt::format("--- {}the audit did not hold: {} ---\n", so_far,
                       summary.audit.empty() ? "no reason known" : printable(summary.audit));
  }
  const std::string missed = summary.missed ? fmt::to_string(*summary.missed) : "?";
  const auto& cost = summary.tracer_us_per_hit;
  const std::string us = cost && std::isfinite(*cost) ? fmt::format("{:.1f}", *cost) : "?";
  text += fmt::format(
      "--- {}{} hits, {} completed, {} missed, {} lost; {} bystander stops; {} us/hit ---\n",
      so_far, summary.hits, summary.completed, missed, summary.lost, summary.bystander_stops, us);
  return text;
}

}  // namespace sidestep::output
