#include "cli/list_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "cli/columns.hpp"

namespace sidestep::cli {
namespace {

bool refused(const ListRow& row) {
  return row.verdict == "refused";
}

std::string function(const ListRow& row) {
  std::string name = row.func.empty() ? "?" : row.func;
  for (const std::string& alias : row.aliases) name += ", " + alias;
  if (row.inlined) name += " (inlined)";
  return row.func_off == 0 ? name : fmt::format("{}+{:#x}", name, row.func_off);
}

std::string plural(std::size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::string list_table(const std::vector<ListRow>& rows, Verbosity verbosity, Paint paint) {
  const bool verbose = verbosity == Verbosity::Verbose;
  std::vector<Columns::Column> titles = {
      {"", Align::Left}, {"ADDRESS", Align::Right}, {"MODULE"}, {"FUNCTION"}, {"LINE"}};
  if (verbose) {
    titles.push_back({"PROBE"});
    titles.push_back({"INSTRUCTION"});
  }
  titles.push_back({"VERDICT"});
  titles.push_back({"REASON"});

  const bool params =
      std::ranges::any_of(rows, [](const auto& row) { return !row.params.empty(); });
  if (params) titles.insert(titles.begin() + 4, {"PARAMETERS"});

  Columns table(std::move(titles));
  for (const ListRow& row : rows) {
    std::vector<std::string> cells = {refused(row) ? "!" : "",
                                      fmt::format("{:#x}", row.address.value), row.module,
                                      function(row), row.src.empty() ? "-" : row.src};
    if (params) cells.insert(cells.begin() + 4, row.params.empty() ? "-" : row.params);
    if (verbose) {
      cells.push_back(row.probe);
      cells.push_back(row.instruction);
    }
    cells.push_back(row.verdict);
    cells.push_back(row.reason);
    table.row(std::move(cells), refused(row) && paint == Paint::Colored ? "\x1b[31m" : "");
  }

  const auto bad = static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), refused));
  std::string text = table.text();
  text += plural(rows.size(), "site");
  text += bad == 0 ? ": all can be armed\n"
                   : fmt::format(": {} can be armed, {} refused (!)\n", rows.size() - bad, bad);
  if (const auto places = std::ranges::count(rows, true, &ListRow::inlined))
    text += fmt::format("{} in inlined code\n", plural(static_cast<std::size_t>(places), "site"));
  std::string_view last;
  for (const ListRow& row : rows)
    if (!row.note.empty() && row.note != std::exchange(last, row.note)) text += row.note + "\n";
  return text;
}

}  // namespace sidestep::cli
