// Payments from a CSV file or pipe, read as they are needed.
#pragma once

#include "cli/submit/engine.hpp"

#include <functional>
#include <memory>

namespace oncepay::cli {

class csv_payment_source : public payment_source {
public:
  /// Told of every row that isn't sent: its line and what is wrong with it.
  using bad_row_handler = std::function<void(uint64_t line, const std::string& problem)>;

  /// Opens the file ("-": standard input) and reads its header, waiting for it. A sentence where it can't be read or
  /// lacks a column.
  static tl::expected<std::unique_ptr<csv_payment_source>, std::string> open(const std::string& path, row_columns,
                                                                             bad_row_handler);
  ~csv_payment_source() override;

  status next(pay_row&) override;

  uint64_t rows() const { return rows_; } ///< Handed out.
  uint64_t bad_rows() const { return bad_rows_; }
  /// Why reading ended early; empty: it reached the end. The rows behind it were not looked at.
  const std::string& broken() const { return broken_; }
  uint64_t bytes_taken() const { return reader_.bytes_taken(); }
  uint64_t bytes_total() const { return bytes_total_; } ///< 0: a pipe, not known.

private:
  csv_payment_source(int fd, uint64_t bytes_total, bad_row_handler);
  /// One read; false where it failed.
  bool read_more();
  bool is_readable() const;

  int fd_;
  uint64_t bytes_total_;
  bad_row_handler on_bad_row_;
  csv_reader reader_;
  row_mapper mapper_;
  uint64_t rows_ = 0;
  uint64_t bad_rows_ = 0;
  std::string broken_;
  std::vector<char> chunk_;
};

} // namespace oncepay::cli
