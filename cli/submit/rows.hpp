// From a CSV record to a payment: which column is what, found by header name, and the checks a row must pass before
// it is sent. What the server would refuse for its form is refused here, with the line it stands in.
#pragma once

#include "cli/submit/csv.hpp"
#include "schema/command.hpp"

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace oncepay::cli {

/// Column names; empty: there is no such column.
struct row_columns {
  std::string merchant;
  std::string order;
  std::string amount;
  std::string currency;
  std::string method;
  std::string payer;
  std::string payer_code;
  std::string payee; ///< With it each row is a pay-out.
  std::string time;
  std::string merchant_prefix;
  /// Before the order column's value; without that column before the line number, padded with zeros to 7 digits.
  std::string order_prefix;
  std::optional<merchant_id> merchant_always = {};  ///< Where there is no merchant column.
  std::optional<oncepay::currency> currency_always; ///< Where there is no currency column.
  std::optional<method_id> method_always;           ///< Where there is no method column.
};

struct pay_row {
  uint64_t line = 0;
  pay_command pay;
  bool pays_out = false; ///< It is a pay-out of this content, to its payer.

  /// What is sent of it.
  decltype(command::body) content() const;
};

class row_mapper {
public:
  row_mapper() = default; ///< Knows no column yet: `map` only after `make`.
  /// Finds the columns; a sentence where one is missing or named twice in the header.
  static tl::expected<row_mapper, std::string> make(row_columns, const std::vector<std::string>& header);

  /// The payment, or what is wrong with the row. The record has as many fields as the header.
  tl::expected<pay_row, std::string> map(const csv_record&) const;

private:
  std::string order_number(const csv_record&) const;

  row_columns columns_;
  std::optional<size_t> merchant_, order_, amount_, currency_, method_, payer_, payer_code_, payee_, time_;
};

} // namespace oncepay::cli
