#include "output/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "output/bytes.hpp"

namespace sidestep::output {
namespace {

constexpr std::size_t kNames = 3;  ///< columns of names: function, module, probe

/// Of a %return probe: calls that came back, and that never did.
struct Calls {
  std::uint64_t returns = 0, unfinished = 0;
};

struct Row {
  std::uint64_t hits = 0, sites = 0;
  std::optional<Calls> calls;
  std::array<std::string, kNames> names;
};

struct Rows {
  std::vector<Row> shown;
  std::uint64_t hits = 0;      ///< of all rows
  std::optional<Calls> calls;  ///< empty: no %return probe, no columns
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

/// Returns are counted where they were watched for; elsewhere they are no zero.
template <class Tally>
std::optional<Calls> calls_of(const ProbeTally& probe, const Tally& tally) {
  if (!probe.at_return) return {};
  return Calls{tally.returns, tally.unfinished};
}

void add(std::optional<Calls>& sum, const std::optional<Calls>& more) {
  if (!more) return;
  if (!sum) sum = Calls{};
  sum->returns += more->returns;
  sum->unfinished += more->unfinished;
}

Rows collect(const Summary& summary, Verbosity verbosity) {
  Rows rows;
  for (const ProbeTally& probe : summary.probes) {
    add(rows.calls, calls_of(probe, probe));
    for (const FunctionTally& function : probe.functions) {
      rows.hits += function.hits;
      const bool sole = probe.functions.size() == 1;
      if (function.hits == 0 && verbosity == Verbosity::Normal && !sole) {
        ++rows.without_hits;
        continue;
      }
      rows.shown.push_back({function.hits,
                            function.sites,
                            calls_of(probe, function),
                            {name_or_unknown(function.func), name_or_unknown(function.module),
                             printable(probe.probe)}});
    }
    const bool bare = probe.functions.empty() || (probe.hits == 0 && probe.functions.size() > 1 &&
                                                  verbosity == Verbosity::Normal);
    if (bare) {
      rows.shown.push_back(
          {0, probe.sites, calls_of(probe, probe), {"-", "-", printable(probe.probe)}});
    }
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
  using Names = std::array<std::string, kNames>;

  explicit Table(const Rows& rows) : numbers_{{"% hits", 6}, {"hits", 9}} {
    if (rows.calls) numbers_.insert(numbers_.end(), {{"returns", 9}, {"unfinished", 10}});
    numbers_.push_back({"sites", 5});
    for (const Row& row : rows.shown) {
      fit(cells(row.hits, rows.hits, row.calls, fmt::to_string(row.sites)));
      for (std::size_t i = 0; i < kNames; ++i) {
        names_[i] = std::max(names_[i], std::min(kWidest, columns(row.names[i])));
      }
    }
    fit(cells(rows.hits, rows.hits, rows.calls, ""));
  }

  void titles(const Names& names) {
    std::vector<std::string> texts;
    for (const Column& column : numbers_) texts.emplace_back(column.title);
    line(texts, names);
  }

  void row(std::uint64_t hits, std::uint64_t all, const std::optional<Calls>& calls,
           const std::string& sites, const Names& names) {
    line(cells(hits, all, calls, sites), names);
  }

  void rule() {
    std::vector<std::string> texts;
    for (const Column& column : numbers_) texts.emplace_back(column.width, '-');
    Names rules;
    for (std::size_t i = 0; i < kNames; ++i) rules[i] = std::string(names_[i], '-');
    line(texts, rules);
  }

  void note(const std::string& text) { text_ += text + '\n'; }
  std::string text() && { return std::move(text_); }

 private:
  struct Column {
    std::string_view title;
    std::size_t width;
  };

  /// The numbers of a row, one a column.
  std::vector<std::string> cells(std::uint64_t hits, std::uint64_t all,
                                 const std::optional<Calls>& calls,
                                 const std::string& sites) const {
    std::vector<std::string> texts{percent(hits, all), fmt::to_string(hits)};
    if (texts.size() + 1 < numbers_.size()) {
      texts.push_back(calls ? fmt::to_string(calls->returns) : "-");
      texts.push_back(calls ? fmt::to_string(calls->unfinished) : "-");
    }
    texts.push_back(sites);
    return texts;
  }

  void fit(const std::vector<std::string>& texts) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      numbers_[i].width = std::max(numbers_[i].width, texts[i].size());
    }
  }

  void line(const std::vector<std::string>& numbers, const Names& names) {
    std::string line;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      line += fmt::format("{}{:>{}}", i == 0 ? "" : " ", numbers[i], numbers_[i].width);
    }
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

  /// A longer name (C++ has them) pushes its own row only.
  static constexpr std::size_t kWidest = 48;

  std::vector<Column> numbers_;
  std::array<std::size_t, kNames> names_ = {16, 12, 5};
  std::string text_;
};

}  // namespace

std::string summary_table(const Summary& summary, Verbosity verbosity) {
  const Rows rows = collect(summary, verbosity);
  Table table(rows);
  table.titles({"function", "module", "probe"});
  table.rule();
  for (const Row& row : rows.shown) {
    table.row(row.hits, rows.hits, row.calls, fmt::to_string(row.sites), row.names);
  }
  table.rule();
  table.row(rows.hits, rows.hits, rows.calls, "", {"total", "", ""});
  if (rows.without_hits > 0) {
    table.note(fmt::format("{} function{} without a hit: not shown without -v", rows.without_hits,
                           rows.without_hits == 1 ? "" : "s"));
  }
  if (rows.hits > summary.hits) {
    table.note(fmt::format(
        "{} arrivals in all: some sites serve several probes, and count for each", summary.hits));
  }
  if (summary.filtered > 0) {
    table.note(
        fmt::format("{} filtered: arrivals and returns that no probe wanted, by its "
                    "condition or --min-time",
                    summary.filtered));
  }
  return std::move(table).text();
}

}  // namespace sidestep::output
