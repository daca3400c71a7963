// oncepay submit: the payments of a CSV file.
#include "cli/client/client.hpp"
#include "cli/config/percent.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/submit/report.hpp"
#include "cli/submit/results.hpp"
#include "cli/submit/source.hpp"
#include "cli/table.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"

#include <csignal>
#include <filesystem>

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

/// More sockets than this from one process measure the machine's scheduler, not the server.
constexpr int64_t connections_max = 64;
constexpr uint64_t problems_shown_max = 10;

const command_spec submit_spec = {
    .name = "submit",
    .purpose = "Sends the payments, or pay-outs, of a CSV file (\"-\": standard input) whose first line names the "
               "columns, and "
               "counts what became of them. Bad rows are reported and left out. Running it again is safe: what is "
               "known already is answered as a duplicate and not paid again, because the same line gives the same "
               "order number.",
    .positionals = {"FILE"},
    .options =
        {connect_option,
         {"merchant-column", "NAME", "The column that names the merchant; default merchant."},
         {"merchant-prefix", "TEXT", "Put before it: m- makes m-17 of 17."},
         {"order-column", "NAME", "The column of the order number; without it the line number is used."},
         {"order-prefix", "TEXT",
          "Put before the order number; default with line numbers: the file's name without its ending, and a dash."},
         {"amount-column", "NAME", "Decimal amounts, like 147.80; default amount."},
         {"currency", "CODE", "The currency of all rows, like CNY."},
         {"currency-column", "NAME", "Or the column that holds it."},
         {"method", "METHOD", "The payment method of all rows, like card."},
         {"method-column", "NAME", "Or the column that holds it."},
         {"payer-column", "NAME", "Who pays; sealed at rest."},
         {"payer-code-column", "NAME", "What the payer showed, for channels that want it; sealed at rest."},
         {"payee-column", "NAME", "Makes each row a pay-out to this payee; sealed at rest."},
         {"time-column", "NAME", "When the order was placed: 2026-11-20T13:40:43Z or seconds since 1970."},
         {"open-merchants", "", "Opens each merchant when it is first seen; one that exists is left as it is."},
         {"merchant-fee", "PERCENT", "The fee of merchants opened so, like 0.60%."},
         {"in-flight", "N", "Payments sent and not answered at any time; default 256."},
         {"connections", "N", "Connections they are spread over; default 1."},
         {"results", "FILE",
          "Writes a line for each answered payment: order_no,code,state,channel,channel_code,duplicate; replaces "
          "FILE."},
         json_option},
    .examples =
        "oncepay submit payments.csv --currency CNY --method card\n"
        "oncepay submit transactions.csv --merchant-column targetNodeId --merchant-prefix m- "
        "--amount-column value \\\n    --payer-column sourceNodeId --currency CNY --method card "
        "--open-merchants --merchant-fee 0.60%\n"
        "oncepay submit salaries.csv --payee-column account --currency CNY --method bank-transfer --results paid.csv\n"
        "zcat old.csv.gz | oncepay submit - --order-prefix old- --currency CNY --method card",
    .exit_codes = "0  every row got an order, new or known already: paid, failed, in doubt or processing\n"
                  "1  rows were bad, refused or unanswered; the counts say how many\n"
                  "2  wrong arguments, or a column that the file doesn't have\n"
                  "4  the results can't be written\n"
                  "5  can't connect, or the connection was lost for good"};

tl::expected<row_columns, exit_code> columns_of(const parsed_options& options, const std::string& path) {
  row_columns columns{.merchant = options.text("merchant-column", "merchant"),
                      .order = options.text("order-column"),
                      .amount = options.text("amount-column", "amount"),
                      .currency = options.text("currency-column"),
                      .method = options.text("method-column"),
                      .payer = options.text("payer-column"),
                      .payer_code = options.text("payer-code-column"),
                      .payee = options.text("payee-column"),
                      .time = options.text("time-column"),
                      .merchant_prefix = options.text("merchant-prefix"),
                      .order_prefix = options.text("order-prefix"),
                      .currency_always = {},
                      .method_always = {}};
  const auto mistake = [&](const std::string& text) {
    return tl::unexpected(options.mistake(text));
  };
  if (!columns.payee.empty() && !(columns.payer.empty() && columns.payer_code.empty() && columns.time.empty()))
    return mistake("pay-outs have a payee, and neither payer, payer code nor time");
  if (columns.order.empty() && !options.has("order-prefix")) {
    if (path == "-")
      return mistake("standard input has no name to number orders by: give --order-prefix or --order-column");
    columns.order_prefix = std::filesystem::path(path).stem().string() + "-";
    if (!order_no::parse(columns.order_prefix + "1234567"))
      return mistake(fmt::format("\"{}\" can't begin an order number: give --order-prefix", columns.order_prefix));
  }
  if (options.has("currency") == !columns.currency.empty())
    return mistake("give either --currency or --currency-column");
  if (options.has("method") == !columns.method.empty())
    return mistake("give either --method or --method-column");
  if (options.has("currency")) {
    const auto unit = parse_currency(options.text("currency"));
    if (!unit)
      return mistake(fmt::format("--currency: \"{}\" is no ISO 4217 code this build knows", options.text("currency")));
    columns.currency_always = *unit;
  }
  if (options.has("method")) {
    const auto method = method_id::parse(options.text("method"));
    if (!method)
      return mistake(fmt::format("--method: \"{}\" is none: 1 to 24 of a-z, 0-9, _, . and -", options.text("method")));
    columns.method_always = *method;
  }
  return columns;
}

tl::expected<submit_plan, exit_code> plan_of(const parsed_options& options) {
  submit_plan plan;
  const auto server = parse_endpoint(options.text("connect", default_endpoint));
  if (!server)
    return tl::unexpected(options.mistake(fmt::format("--connect: {}", server.error())));
  plan.server = *server;
  const auto in_flight = options.number("in-flight", 256, 1, limits::tickets_total);
  if (!in_flight)
    return tl::unexpected(in_flight.error());
  const auto connections = options.number("connections", 1, 1, connections_max);
  if (!connections)
    return tl::unexpected(connections.error());
  plan.in_flight = static_cast<size_t>(*in_flight);
  plan.connections = static_cast<size_t>(*connections);
  plan.open_merchants = options.has("open-merchants");
  if (plan.open_merchants != options.has("merchant-fee"))
    return tl::unexpected(options.mistake("--open-merchants and --merchant-fee go together"));
  if (plan.open_merchants) {
    const auto fee = parse_percent(options.text("merchant-fee"));
    if (!fee)
      return tl::unexpected(options.mistake(fmt::format("--merchant-fee: {}", fee.error())));
    if (*fee > limits::rate_ppm_max)
      return tl::unexpected(options.mistake("--merchant-fee: above 100%"));
    plan.merchant_fee_ppm = *fee;
  }
  return plan;
}

/// Keeps the counts, shows the first problems and the progress.
class console_listener : public submit_listener {
public:
  void answered(const pay_row& row, const reply& r, int64_t latency_ns) override {
    report.count(r, latency_ns);
    results.add(row, r);
    if (!is_accepted(outcome_of(r).fate))
      problem(row.line, refusal_text(r));
  }
  void merchant_refused(const pay_row& row, const reply& r) override {
    report.count_refused(r);
    problem(row.line, fmt::format("merchant {} can't be opened: {}", row.pay.merchant.str(), refusal_text(r)));
  }
  void unanswered(const pay_row& row, const std::string& reason) override {
    ++report.unanswered;
    problem(row.line, fmt::format("order {}/{}: {}", row.pay.merchant.str(), row.pay.order_no.str(), reason));
  }
  void merchant_opened(bool was_new) override { ++(was_new ? report.merchants_opened : report.merchants_existing); }
  void resent() override { ++report.resent; }
  void reconnected() override { ++report.reconnected; }
  void tick(int64_t now_ns) override {
    results.flush();
    if (source == nullptr)
      return;
    const auto note = fmt::format("{} answered", grouped(report.answered));
    bar.update(source->bytes_total() > 0
                   ? progress_state{.done = source->bytes_taken(), .total = source->bytes_total(), .note = note}
                   : progress_state{.done = report.answered, .total = 0, .note = {}},
               now_ns);
  }

  void problem(uint64_t line, const std::string& text) {
    ++problems;
    if (problems > problems_shown_max)
      return;
    bar.clear();
    fmt::print(stderr, "oncepay: line {}: {}\n", line, text);
    if (problems == problems_shown_max)
      fmt::print(stderr, "oncepay: further problems are counted, not shown\n");
  }

  submit_report report;
  submit_results results;
  progress bar{"submit", stderr};
  const csv_payment_source* source = nullptr;
  uint64_t problems = 0;
};

} // namespace

exit_code run_submit(const arguments& args) {
  const auto options = parsed_options::parse(submit_spec, args);
  if (!options)
    return options.error();
  const auto path = options->positional(0);
  const auto columns = columns_of(*options, path);
  if (!columns)
    return columns.error();
  const auto plan = plan_of(*options);
  if (!plan)
    return plan.error();
  console_listener listener;
  auto source = csv_payment_source::open(path, *columns,
                                         [&](uint64_t line, const std::string& text) { listener.problem(line, text); });
  if (!source)
    return options->mistake(source.error());
  listener.source = source->get();
  if (options->has("results"))
    if (auto opened = listener.results.open_file(options->text("results")); !opened)
      return fail(exit_code::data, opened.error());

  submit_engine engine(*plan, **source, listener);
  boost::asio::signal_set signals(engine.context(), SIGINT, SIGTERM);
  signals.async_wait([&](const auto& error, int) {
    if (error)
      return;
    listener.report.ended_early = "interrupted; what was in flight was still awaited";
    signals.clear(); // A second one ends the process at once.
    engine.stop_reading();
  });
  const auto started_ns = steady_now_ns();
  const auto ran = engine.run();
  listener.results.flush();
  listener.bar.clear();
  auto& report = listener.report;
  report.elapsed_ns = steady_now_ns() - started_ns;
  report.bad_rows = (*source)->bad_rows();
  if (!(*source)->broken().empty())
    report.ended_early = (*source)->broken();
  if (!ran && report.answered + report.unanswered == 0)
    return fail(exit_code::connection, ran.error());
  if (!ran)
    report.ended_early = ran.error();
  auto code = !ran ? exit_code::connection : report.all_accepted() ? exit_code::ok : exit_code::negative;
  if (const auto& unwritten = listener.results.problem(); !unwritten.empty())
    code = fail(exit_code::data, unwritten);
  return print_out(options->has("json") ? json_line(report_json(report, *plan)) : report_text(report, *plan), code);
}

} // namespace oncepay::cli
