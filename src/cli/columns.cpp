#include "cli/columns.hpp"

#include <algorithm>
#include <utility>

namespace sidestep::cli {
namespace {

/// Code points: near enough to columns for names.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

Columns::Columns(std::vector<Column> columns)
    : columns_(std::move(columns)), widths_(columns_.size(), 0) {
  Row titles;
  for (const Column& column : columns_) titles.cells.push_back(column.title);
  row(std::move(titles.cells));
}

void Columns::row(std::vector<std::string> cells, std::string color) {
  cells.resize(columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], width(cells[i]));
  rows_.push_back({std::move(cells), std::move(color)});
}

std::string Columns::line(const Row& row) const {
  std::string line;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const std::string padding(widths_[i] - width(row.cells[i]), ' ');
    if (i > 0) line += "  ";
    line += columns_[i].align == Align::Left ? row.cells[i] + padding : padding + row.cells[i];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return row.color.empty() ? line : row.color + line + "\x1b[0m";
}

std::string Columns::text() const {
  std::string text;
  for (const Row& row : rows_) text += line(row) + '\n';
  return text;
}

}  // namespace sidestep::cli
