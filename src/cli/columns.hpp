// Text in aligned columns, for the tables on standard output. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sidestep::cli {

enum class Align : unsigned char { Left, Right };

class Columns {
 public:
  struct Column {
    std::string title;
    Align align = Align::Left;
  };

  explicit Columns(std::vector<Column> columns);

  /// One cell a column; missing ones are empty. `color` is an escape sequence for the whole row.
  void row(std::vector<std::string> cells, std::string color = "");

  /// The titles and the rows, two spaces between columns, no spaces at the ends of lines.
  std::string text() const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::string color;
  };
  std::string line(const Row& row) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<Row> rows_;
};

}  // namespace sidestep::cli
