// oncepay bench: a load, and what it showed.
#include "cli/bench/report.hpp"
#include "cli/client/client.hpp"
#include "cli/config/percent.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"

#include "actors/domain/trajectory.hpp"
#include "schema/limits.hpp"
#include "schema/time.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

constexpr int64_t connections_max = 1'000;
constexpr int64_t merchants_max = 1'000'000;
constexpr int64_t orders_max = 1'000'000'000;
constexpr int64_t seconds_max = 86'400;
constexpr int64_t rate_max = 10'000'000;
constexpr int64_t in_flight_closed = 1'000;
/// An open loop goes on sending while a server stalls: for a second at 16 000 payments/s.
constexpr int64_t in_flight_open = 16'384;
constexpr size_t openings_in_flight = 1'000;
/// A server that was loaded until now gets through what it has taken in.
constexpr int64_t busy_patience_ns = 60 * ns_per_s;
constexpr std::chrono::milliseconds busy_pause{250};

const command_spec bench_spec = {
    .name = "bench",
    .purpose = "Loads a running server with payments that it hasn't seen before, and measures it. They are real "
               "payments: never name a server whose channels move money. Merchants are opened first, where they "
               "don't exist. Without --rate a closed loop finds the most that the server can do: so many payments in "
               "flight, the next one leaves when one is answered. With --rate an open loop sends at that pace "
               "whatever the server does, and latency counts from the time a payment was meant to be sent. What is "
               "told busy is counted and not sent again.",
    .positionals = {},
    .options = {connect_option,
                {"orders", "N", "So many payments."},
                {"for", "SECONDS", "Or for so long; default 10."},
                {"rate", "R", "Payments meant to be sent each second (open loop)."},
                {"connections", "N", "Connections they are spread over; default 4."},
                {"in-flight", "N", "Payments sent and not answered at any time; default 1000, with --rate 16384."},
                {"mix", "SHAPE", "Whose payments: uniform, zipf or hot (all of one merchant); default uniform."},
                {"merchants", "N", "Different merchants; default 1000."},
                {"merchant-prefix", "TEXT", "Their ids are this and 1, 2, …; default bench-."},
                {"merchant-fee", "PERCENT", "The fee of those that are opened; default 0.60%."},
                {"payers", "N", "Different payers, sealed at rest; default 0: payments name none."},
                {"currency", "CODE", "The currency of all payments; default CNY."},
                {"method", "METHOD", "The payment method of all payments; default card."},
                {"seed", "N", "Which payments: the same seed again is answered as duplicates; default: new ones."},
                {"server-pid", "PID", "The server's process, for its processor time; found by itself on this machine."},
                {"data", "DIR", "The server's data directory, for what a payment adds to the log."},
                json_option},
    .examples = "oncepay bench --merchants 20000 --in-flight 4000 --data data\n"
                "oncepay bench --merchants 20000 --rate 10000 --for 60 --json\n"
                "oncepay bench --mix hot --orders 100000",
    .exit_codes = "0  measured: every payment got one answer\n"
                  "1  payments were lost, answered twice, or refused otherwise than by \"busy\"\n"
                  "2  wrong arguments\n"
                  "4  the log of --data can't be read\n"
                  "5  can't connect, or a connection broke without a payment on it"};

tl::expected<load_plan, exit_code> load_of(const parsed_options& options) {
  load_plan plan;
  const auto server = parse_endpoint(options.text("connect", default_endpoint));
  if (!server)
    return tl::unexpected(options.mistake(fmt::format("--connect: {}", server.error())));
  plan.server = *server;
  if (options.has("orders") && options.has("for"))
    return tl::unexpected(options.mistake("give either --orders or --for"));
  const auto orders = options.number("orders", 0, 1, orders_max);
  const auto seconds = orders ? options.number("for", 10, 1, seconds_max) : orders;
  const auto rate = seconds ? options.number("rate", 0, 1, rate_max) : seconds;
  const auto connections = rate ? options.number("connections", 4, 1, connections_max) : rate;
  if (!connections)
    return tl::unexpected(connections.error());
  const auto in_flight = options.number("in-flight", *rate > 0 ? in_flight_open : in_flight_closed, 1,
                                        static_cast<int64_t>(load_in_flight_max));
  if (!in_flight)
    return tl::unexpected(in_flight.error());
  plan.commands = static_cast<uint64_t>(*orders);
  plan.duration_ns = *seconds * ns_per_s;
  plan.rate_per_s = static_cast<double>(*rate);
  plan.connections = static_cast<size_t>(*connections);
  plan.in_flight = static_cast<size_t>(*in_flight);
  return plan;
}

tl::expected<mix_plan, exit_code> mix_of(const parsed_options& options) {
  mix_plan plan;
  const auto shape = options.one_of("mix", "uniform", {"uniform", "zipf", "hot"});
  if (!shape)
    return tl::unexpected(shape.error());
  plan.shape = *shape == "zipf" ? mix_shape::zipf : *shape == "hot" ? mix_shape::hot : mix_shape::uniform;
  const auto now = wall_now();
  const auto merchants = options.number("merchants", plan.merchants, 1, merchants_max);
  const auto payers = merchants ? options.number("payers", 0, 0, UINT32_MAX) : merchants;
  const auto seed = payers ? options.number("seed", now.ns, 0, INT64_MAX) : payers;
  if (!seed)
    return tl::unexpected(seed.error());
  plan.merchants = static_cast<uint32_t>(*merchants);
  plan.payers = static_cast<uint32_t>(*payers);
  plan.seed = static_cast<uint64_t>(*seed);
  plan.placed_at = now;
  plan.merchant_prefix = options.text("merchant-prefix", plan.merchant_prefix);
  if (!merchant_id::parse(fmt::format("{}{}", plan.merchant_prefix, *merchants)))
    return tl::unexpected(options.mistake(fmt::format(
        "--merchant-prefix: \"{}\" can't begin a merchant id: at most 32 of a-z, 0-9, _ and - with the number",
        plan.merchant_prefix)));
  const auto unit = parse_currency(options.text("currency", "CNY"));
  if (!unit)
    return tl::unexpected(options.mistake(
        fmt::format("--currency: \"{}\" is no ISO 4217 code this build knows", options.text("currency"))));
  plan.currency = *unit;
  const auto method = method_id::parse(options.text("method", "card"));
  if (!method)
    return tl::unexpected(options.mistake(
        fmt::format("--method: \"{}\" is none: 1 to 24 of a-z, 0-9, _, . and -", options.text("method"))));
  plan.method = *method;
  return plan;
}

class payments_source : public load_source {
public:
  explicit payments_source(const payment_mix& mix) : mix_(mix) {}
  void fill(uint64_t n, command& c) override { c.body = mix_.payment(n); }

private:
  const payment_mix& mix_;
};

/// Opens every merchant that payments go to.
class openings : public load_source, public load_listener {
public:
  openings(const payment_mix& mix, uint32_t fee_ppm) : mix_(mix), fee_ppm_(fee_ppm) {}

  void fill(uint64_t n, command& c) override {
    const auto id = mix_.merchant(static_cast<uint32_t>(n));
    c.body = open_merchant_command{merchant_terms{.merchant = id, .display_name = id.str(), .fee_rate_ppm = fee_ppm_}};
  }
  void answered(const command& asked, const reply& r, int64_t) override {
    // A merchant that exists under other terms exists.
    if (r.code == errc::ok || r.code == errc::terms_conflict || !refusal.empty())
      return;
    is_busy = r.code == errc::busy;
    refusal = fmt::format("merchant {} can't be opened: {}",
                          std::get<open_merchant_command>(asked.body).terms.merchant.str(), refusal_text(r));
  }

  std::string refusal;  ///< The first one.
  bool is_busy = false; ///< It only says that the server is, for now.

private:
  const payment_mix& mix_;
  uint32_t fee_ppm_;
};

/// Again and again where the server is still busy with an earlier load.
tl::expected<void, exit_code> open_merchants(const load_plan& load, const payment_mix& mix, uint32_t fee_ppm) {
  load_plan plan{
      .server = load.server, .connections = 1, .in_flight = openings_in_flight, .commands = mix.merchants_used()};
  for (const int64_t patient_until_ns = steady_now_ns() + busy_patience_ns;;) {
    openings all(mix, fee_ppm);
    const auto opened = load_engine(plan, all, all).run();
    if (!opened)
      return tl::unexpected(fail(exit_code::connection, opened.error()));
    if (opened->answered < plan.commands)
      return tl::unexpected(
          fail(exit_code::connection, fmt::format("merchants couldn't be opened: {}", printable(opened->broke))));
    if (all.refusal.empty())
      return {};
    if (!all.is_busy || steady_now_ns() >= patient_until_ns)
      return tl::unexpected(fail(exit_code::negative, all.refusal));
    std::this_thread::sleep_for(busy_pause); // A server tells nobody when it isn't busy any more.
  }
}

/// Counts answers, and looks at the server's process while they come.
class measurement : public load_listener {
public:
  explicit measurement(bench_report& report) : report_(report) {}

  void started() override {
    before_ = usage();
    own_before_ = own_usage();
  }
  void answered(const command& asked, const reply& r, int64_t latency_ns) override {
    report_.count(asked, r, latency_ns);
    ++answered_;
  }
  void tick(int64_t now_ns) override {
    constexpr int64_t memory_every_ns = 100 * ns_per_ms;
    if (report_.server && now_ns >= memory_due_ns_) {
      memory_due_ns_ = now_ns + memory_every_ns;
      report_.anonymous_bytes_max =
          std::max(report_.anonymous_bytes_max, anonymous_bytes_of(*report_.server).value_or(0));
    }
    if (started_ns_ == 0)
      started_ns_ = now_ns;
    const auto elapsed_ns = now_ns - started_ns_;
    bar_.update(report_.plan.commands > 0
                    ? progress_state{.done = answered_, .total = report_.plan.commands, .note = {}}
                    : progress_state{.done = static_cast<uint64_t>(elapsed_ns),
                                     .total = static_cast<uint64_t>(report_.plan.duration_ns),
                                     .note = fmt::format("{} answered", grouped(answered_))},
                now_ns);
  }

  void finish() {
    bar_.clear();
    const auto after = usage();
    report_.generator_used = own_usage().since(own_before_);
    if (before_ && after)
      report_.server_used = after->since(*before_);
  }

private:
  std::optional<process_usage> usage() const { return report_.server ? usage_of(*report_.server) : std::nullopt; }

  bench_report& report_;
  progress bar_{"bench", stderr};
  std::optional<process_usage> before_;
  process_usage own_before_;
  uint64_t answered_ = 0;
  int64_t started_ns_ = 0;
  int64_t memory_due_ns_ = 0;
};

tl::expected<std::optional<log_size>, exit_code> look_at_log(const parsed_options& options) {
  if (!options.has("data"))
    return std::nullopt;
  const auto size = log_size_of(options.text("data"));
  if (!size)
    return tl::unexpected(fail(exit_code::data, printable(size.error().text)));
  return *size;
}

} // namespace

exit_code run_bench(const arguments& args) {
  const auto options = parsed_options::parse(bench_spec, args);
  if (!options)
    return options.error();
  const auto load = load_of(*options);
  if (!load)
    return load.error();
  const auto shape = mix_of(*options);
  if (!shape)
    return shape.error();
  const auto fee = parse_percent(options->text("merchant-fee", "0.60%"));
  if (!fee || *fee > limits::rate_ppm_max)
    return options->mistake(fmt::format("--merchant-fee: {}", fee ? "above 100%" : fee.error()));
  const auto pid = options->number("server-pid", 0, 1, INT32_MAX);
  if (!pid)
    return pid.error();
  if (options->has("server-pid") && !usage_of(static_cast<pid_t>(*pid)))
    return options->mistake(fmt::format("--server-pid: there is no process {}", *pid));

  bench_report report;
  report.plan = *load;
  report.mix = *shape;
  report.server = options->has("server-pid") ? static_cast<pid_t>(*pid) : process_listening_on(load->server);
  const payment_mix mix(*shape);
  if (const auto opened = open_merchants(*load, mix, *fee); !opened)
    return opened.error();
  const auto before = look_at_log(*options);
  if (!before)
    return before.error();

  payments_source source(mix);
  measurement measured(report);
  load_engine engine(*load, source, measured);
  boost::asio::signal_set signals(engine.context(), SIGINT, SIGTERM);
  bool interrupted = false;
  signals.async_wait([&](const auto& error, int) {
    if (error)
      return;
    interrupted = true;
    signals.clear(); // A second one ends the process at once.
    engine.stop_sending("interrupted; what was in flight was still awaited");
  });
  auto ran = engine.run();
  measured.finish();
  if (!ran)
    return fail(exit_code::connection, ran.error());
  report.load = std::move(*ran);
  const auto after = look_at_log(*options);
  if (!after)
    return after.error();
  if (*before && *after)
    report.logged = **after - **before;
  const auto code = !report.is_sound()                         ? exit_code::negative
                    : report.load.broke.empty() || interrupted ? exit_code::ok
                                                               : exit_code::connection;
  return print_out(options->has("json") ? json_line(report_json(report)) : report_text(report), code);
}

} // namespace oncepay::cli
