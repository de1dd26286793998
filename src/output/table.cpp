#include "output/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include "output/bytes.hpp"

namespace sidestep::output {
namespace {

constexpr std::size_t kNames = 3;  ///< columns of names: function, module, probe

struct Row {
  std::uint64_t hits = 0, sites = 0;
  std::array<std::string, kNames> names;
};

struct Rows {
  std::vector<Row> shown;
  std::uint64_t hits = 0;  ///< of all rows
  std::size_t without_hits = 0;
};

/// As many columns as `text` takes, near enough: counts code points, not bytes.
std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string name_or_unknown(const std::string& name) {
  return name.empty() ? "?" : printable(name);
}

Rows collect(const Summary& summary, Verbosity verbosity) {
  Rows rows;
  for (const ProbeTally& probe : summary.probes) {
    for (const FunctionTally& function : probe.functions) {
      rows.hits += function.hits;
      const bool sole = probe.functions.size() == 1;
      if (function.hits == 0 && verbosity == Verbosity::Normal && !sole) {
        ++rows.without_hits;
        continue;
      }
      rows.shown.push_back({function.hits,
                            function.sites,
                            {name_or_unknown(function.func), name_or_unknown(function.module),
                             printable(probe.probe)}});
    }
    const bool bare = probe.functions.empty() || (probe.hits == 0 && probe.functions.size() > 1 &&
                                                  verbosity == Verbosity::Normal);
    if (bare) rows.shown.push_back({0, probe.sites, {"-", "-", printable(probe.probe)}});
  }
  std::stable_sort(rows.shown.begin(), rows.shown.end(), [](const Row& a, const Row& b) {
    return std::tie(b.hits, a.names) < std::tie(a.hits, b.names);
  });
  return rows;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0.00";
  return fmt::format("{:.2f}", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

class Table {
 public:
  explicit Table(const Rows& rows) {
    for (const Row& row : rows.shown) {
      hits_ = std::max(hits_, fmt::formatted_size("{}", row.hits));
      sites_ = std::max(sites_, fmt::formatted_size("{}", row.sites));
      for (std::size_t i = 0; i < kNames; ++i) {
        names_[i] = std::max(names_[i], std::min(kWidest, columns(row.names[i])));
      }
    }
    hits_ = std::max(hits_, fmt::formatted_size("{}", rows.hits));
  }

  void line(std::string_view percent, std::string_view hits, std::string_view sites,
            const std::array<std::string, kNames>& names) {
    std::string line = fmt::format("{:>6} {:>{}} {:>{}}", percent, hits, hits_, sites, sites_);
    for (std::size_t i = 0; i < kNames; ++i) {
      // fmt would pad to the width as well, yet a name that is wider than its column still gets
      // its space.
      line += ' ';
      line += names[i];
      if (columns(names[i]) < names_[i]) line.append(names_[i] - columns(names[i]), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text_ += line + '\n';
  }

  void rule() {
    std::array<std::string, kNames> rules;
    for (std::size_t i = 0; i < kNames; ++i) rules[i] = std::string(names_[i], '-');
    line("------", std::string(hits_, '-'), std::string(sites_, '-'), rules);
  }

  void note(const std::string& text) { text_ += text + '\n'; }
  std::string text() && { return std::move(text_); }

 private:
  /// A longer name (C++ has them) pushes its own row only.
  static constexpr std::size_t kWidest = 48;

  std::size_t hits_ = 9, sites_ = 5;
  std::array<std::size_t, kNames> names_ = {16, 12, 5};
  std::string text_;
};

}  // namespace

std::string summary_table(const Summary& summary, Verbosity verbosity) {
  const Rows rows = collect(summary, verbosity);
  Table table(rows);
  table.line("% hits", "hits", "sites", {"function", "module", "probe"});
  table.rule();
  for (const Row& row : rows.shown) {
    table.line(percent(row.hits, rows.hits), fmt::to_string(row.hits), fmt::to_string(row.sites),
               row.names);
  }
  table.rule();
  table.line(percent(rows.hits, rows.hits), fmt::to_string(rows.hits), "", {"total", "", ""});
  if (rows.without_hits > 0) {
    table.note(fmt::format("{} function{} without a hit: not shown without -v", rows.without_hits,
                           rows.without_hits == 1 ? "" : "s"));
  }
  if (rows.hits > summary.hits) {
    table.note(fmt::format(
        "{} arrivals in all: some sites serve several probes, and count for each", summary.hits));
  }
  return std::move(table).text();
}

}  // namespace sidestep::output
