#include "cli/submit/rows.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

/// A field as a message may show it: short, and harmless on a terminal.
std::string shown(std::string_view field) {
  constexpr size_t shown_bytes_max = 40;
  return field.size() <= shown_bytes_max ? fmt::format("\"{}\"", printable(field))
                                         : fmt::format("\"{}…\"", printable(field.substr(0, shown_bytes_max)));
}

} // namespace

decltype(command::body) pay_row::content() const {
  if (!pays_out)
    return pay;
  return pay_out_command{pay.merchant, pay.order_no, pay.amount, pay.method, pay.payer, {}};
}

tl::expected<row_mapper, std::string> row_mapper::make(row_columns columns, const std::vector<std::string>& header) {
  row_mapper mapper;
  std::string problem;
  const auto find = [&](const std::string& name) -> std::optional<size_t> {
    if (name.empty())
      return std::nullopt;
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end())
      problem = fmt::format("there is no column \"{}\"; the header has: {}", printable(name),
                            printable(fmt::format("{}", fmt::join(header, ", "))));
    else if (std::find(found + 1, header.end(), name) != header.end())
      problem = fmt::format("the header has the column \"{}\" twice", printable(name));
    return static_cast<size_t>(found - header.begin());
  };
  mapper.merchant_ = find(columns.merchant);
  mapper.order_ = find(columns.order);
  mapper.amount_ = find(columns.amount);
  mapper.currency_ = find(columns.currency);
  mapper.method_ = find(columns.method);
  mapper.payer_ = find(columns.payer);
  mapper.payer_code_ = find(columns.payer_code);
  mapper.payee_ = find(columns.payee);
  mapper.time_ = find(columns.time);
  if (!problem.empty())
    return tl::unexpected(std::move(problem));
  mapper.columns_ = std::move(columns);
  return mapper;
}

std::string row_mapper::order_number(const csv_record& record) const {
  // The line number is the row's identity within its file: the same file gives the same order numbers again, and so a
  // second run is answered as duplicates instead of paying twice.
  return order_ ? columns_.order_prefix + record.fields[*order_]
                : fmt::format("{}{:07}", columns_.order_prefix, record.line);
}

tl::expected<pay_row, std::string> row_mapper::map(const csv_record& record) const {
  const auto refuse = [](std::string_view format, const auto&... args) {
    return tl::unexpected(fmt::format(fmt::runtime(format), args...));
  };
  pay_row row{.line = record.line, .pay = {}, .pays_out = false};
  const auto merchant =
      merchant_ ? merchant_id::parse(columns_.merchant_prefix + record.fields[*merchant_]) : *columns_.merchant_always;
  if (!merchant)
    return refuse("merchant {}: not 1 to 32 of a-z, 0-9, _ and -",
                  shown(columns_.merchant_prefix + record.fields[*merchant_]));
  row.pay.merchant = *merchant;
  const auto number = order_no::parse(order_number(record));
  if (!number)
    return refuse("order number {}: not 1 to 64 printable ASCII characters without blanks",
                  shown(order_number(record)));
  row.pay.order_no = *number;
  const auto unit = currency_ ? parse_currency(record.fields[*currency_]) : *columns_.currency_always;
  if (!unit)
    return refuse("currency {}: no ISO 4217 code this build knows", shown(record.fields[*currency_]));
  const auto& amount_text = record.fields[*amount_];
  const auto amount = parse_money(amount_text, *unit);
  if (!amount)
    return refuse("amount {}: not digits and a point with at most {} decimals", shown(amount_text),
                  minor_digits(*unit));
  if (amount->minor <= 0 || amount->minor > limits::amount_minor_max)
    return refuse("amount {}: not above 0 and at most {}", shown(amount_text),
                  to_string(money{limits::amount_minor_max, *unit}));
  row.pay.amount = *amount;
  const auto method = method_ ? method_id::parse(record.fields[*method_]) : *columns_.method_always;
  if (!method)
    return refuse("method {}: not 1 to 24 of a-z, 0-9, _, . and -", shown(record.fields[*method_]));
  row.pay.method = *method;
  if (payer_) {
    row.pay.payer = record.fields[*payer_];
    // The payer is personal: the message says what is wrong with it, never what it is.
    if (row.pay.payer.size() > limits::payer_bytes_max)
      return refuse("payer: more than {} bytes", limits::payer_bytes_max);
  }
  if (payee_) {
    row.pays_out = true;
    row.pay.payer = record.fields[*payee_];
    if (row.pay.payer.empty() || row.pay.payer.size() > limits::payer_bytes_max)
      return refuse("payee: not 1 to {} bytes", limits::payer_bytes_max);
  }
  if (payer_code_) {
    row.pay.payer_code = record.fields[*payer_code_];
    if (row.pay.payer_code.size() > limits::payer_code_bytes_max)
      return refuse("payer code: more than {} bytes", limits::payer_code_bytes_max);
  }
  if (time_ && !record.fields[*time_].empty()) {
    const auto at = parse_instant(record.fields[*time_]);
    if (!at)
      return refuse("time {}: {}", shown(record.fields[*time_]), at.error());
    row.pay.placed_at = *at;
  }
  return row;
}

} // namespace oncepay::cli
