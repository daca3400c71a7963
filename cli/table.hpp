// Text tables for people, as wide as their content needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oncepay::cli {

enum class align : unsigned char { left, right };

struct column {
  std::string_view title;
  align alignment = align::left;
};

/// Rows of cells under titled columns. Cells must be printable text already (see `printable`).
class text_table {
public:
  explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {}

  /// Missing cells are blank, cells beyond the columns are dropped.
  void add(std::vector<std::string> cells);

  /// A line of its own between rows, across all columns.
  void add_heading(std::string);

  /// Titles (unless all are empty), then rows. The last column isn't padded; where a line would exceed `columns_max`,
  /// its text is broken at blanks and goes on under the column, so that the table stays readable. 0: never broken.
  std::string render(size_t columns_max = 0) const;

  bool empty() const { return rows_.empty(); }

private:
  std::vector<column> columns_;
  struct row {
    bool is_heading = false;
    std::vector<std::string> cells;
  };
  std::vector<row> rows_;
};

/// Columns a terminal needs for UTF-8 `text`: code points, East Asian wide ones counted as two.
size_t display_columns(std::string_view text);

/// "1 order", "2 orders": the plural takes an s.
std::string counted(uint64_t count, std::string_view noun);

/// 1234567 as "1 234 567": digits in groups, as people count orders.
std::string grouped(uint64_t);

/// "512 B", "1.5 MiB".
std::string bytes_text(uint64_t bytes);

/// A span of time: "850 ns", "1.25 ms", "3.2 s", "2 min 5 s".
std::string duration_text(int64_t ns);

} // namespace oncepay::cli
