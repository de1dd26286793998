#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "report.hpp"

namespace sidestep::bench {
namespace {

using Row = std::vector<std::string>;

std::string cell(const std::optional<Spread>& spread, int digits) {
  return spread ? fmt::format("{:.{}f}", spread->median, digits) : "-";
}

std::string range(const std::optional<Spread>& spread, int digits) {
  return spread ? fmt::format("{:.{}f}-{:.{}f}", spread->low, digits, spread->high, digits) : "-";
}

// The first column to the left, the others to the right; a row that is cut short ends in a message,
// which takes part in no column.
std::string align(const std::vector<Row>& rows) {
  const std::size_t columns = rows.front().size();
  std::vector<std::size_t> widths(columns);
  for (const Row& row : rows)
    for (std::size_t i = 0; i < (row.size() < columns ? row.size() - 1 : columns); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == 0)
        text += fmt::format("{:<{}}", row[i], widths[i]);
      else if (i + 1 == row.size() && row.size() < columns)
        text += "  " + row[i];
      else
        text += fmt::format("  {:>{}}", row[i], widths[i]);
    }
    text += '\n';
  }
  return text;
}

Row hot_row(const HotResult& one) {
  if (!one.error.empty() && !one.slowdown)
    return {one.arm, std::to_string(one.load.threads), "failed: " + one.error};
  const bool hits = one.arm != "untraced";
  return {one.arm,
          std::to_string(one.load.threads),
          cell(one.rate, 0),
          cell(one.us_per_hit, 2),
          range(one.us_per_hit, 2),
          cell(one.over_floor, 2),
          cell(one.tracer_us, 2),
          hits ? fmt::format("{}", one.missed) : "-",
          hits && one.truth > 0 ? fmt::format("{:.2f}%", 100.0 * static_cast<double>(one.missed) /
                                                             static_cast<double>(one.truth))
                                : "-",
          cell(one.slowdown, 1)};
}

Row service_row(const ServiceResult& one) {
  if (!one.error.empty()) return {one.arm, "failed: " + one.error};
  const bool traced = is_traced(one.arm);
  return {one.arm,
          cell(one.requests_per_s, 0),
          range(one.requests_per_s, 0),
          cell(one.of_untraced, 3),
          std::to_string(one.eintr),
          traced ? std::to_string(one.bystander_stops) : "-",
          traced ? std::to_string(one.hits) : "-",
          traced ? std::to_string(one.missed) : "-"};
}

}  // namespace

std::string as_table(const Results& results) {
  std::vector<Row> hot = {{"arm", "threads", "hits/s", "us/hit", "low-high", "x floor", "tracer us",
                           "missed", "of all", "slowdown"}};
  for (const HotResult& one : results.hot) hot.push_back(hot_row(one));
  std::string text = "Hot loop (medians)\n" + align(hot);
  if (results.service.empty()) return text;
  std::vector<Row> service = {{"arm", "requests/s", "low-high", "of untraced", "EINTR",
                               "bystander stops", "hits", "missed"}};
  for (const ServiceResult& one : results.service) service.push_back(service_row(one));
  return text + "\nA service beside a hot thread (medians; counts over all repetitions)\n" +
         align(service);
}

}  // namespace sidestep::bench
