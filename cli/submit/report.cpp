#include "cli/submit/report.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

/// Kinds of outcome kept apart. Codes are the channels' own, so their number has no bound of ours.
constexpr size_t outcomes_max = 1'000;

fate fate_by_code(errc code) {
  if (code == errc::ok)
    return fate::paid;
  if (code == errc::payment_failed)
    return fate::failed;
  if (code == errc::order_closed)
    return fate::failed;
  if (code == errc::in_doubt)
    return fate::in_doubt;
  if (code == errc::processing)
    return fate::processing;
  return advice_for(code) == advice::ask ? fate::unknown : fate::refused;
}

fate fate_by_view(const order_view& order, errc code) {
  if (order.in_doubt)
    return fate::in_doubt;
  switch (order.state) {
  case order_state::paid:
    return fate::paid;
  case order_state::failed:
    return fate::failed;
  case order_state::open:
  case order_state::confirming: // by its payer; nothing was submitted
  case order_state::closing:
    return fate::processing;
  case order_state::closed: // nothing was paid, and nothing will be taken
    return fate::failed;
  case order_state::none:
    break;
  }
  return fate_by_code(code);
}

} // namespace

std::string_view name(fate f) {
  switch (f) {
  case fate::paid:
    return "paid";
  case fate::failed:
    return "failed";
  case fate::in_doubt:
    return "in doubt";
  case fate::processing:
    return "processing";
  case fate::refused:
    return "refused";
  case fate::unknown:
    return "unknown";
  }
  return "unknown";
}

bool is_accepted(fate f) {
  return f != fate::refused && f != fate::unknown;
}

outcome outcome_of(const reply& r) {
  outcome result{.fate = fate_by_code(r.code), .channel = {}, .code = {}};
  const auto* order = std::get_if<order_view>(&r.body);
  // A conflict's reply may show the order that has the number: its fate isn't that of what was sent.
  if (order != nullptr && is_accepted(result.fate)) {
    result.fate = fate_by_view(*order, r.code);
    if (!order->attempts.empty()) {
      result.channel = printable(order->attempts.back().channel.str());
      result.code = result.fate == fate::paid ? "" : printable(order->attempts.back().code);
    }
  }
  if (result.code.empty() && result.fate != fate::paid && r.code != errc::ok)
    result.code = name(r.code);
  return result;
}

std::string outcome_text(const outcome& o) {
  std::string text(name(o.fate));
  if (!o.channel.empty())
    text += fmt::format(" on {}", o.channel);
  if (!o.code.empty())
    text += fmt::format(", {}", o.code);
  return text;
}

void submit_report::count(const reply& r, int64_t latency_ns) {
  auto key = outcome_of(r);
  if (outcomes.size() >= outcomes_max && !outcomes.contains(key))
    key = {.fate = key.fate, .channel = {}, .code = "(others)"};
  ++outcomes[key];
  ++answered;
  if (is_accepted(key.fate))
    ++accepted;
  if (r.duplicate)
    ++duplicates;
  latency.add(latency_ns);
}

void submit_report::count_refused(const reply& r) {
  ++answered;
  ++outcomes[{.fate = fate::refused, .channel = {}, .code = fmt::format("merchant not opened: {}", name(r.code))}];
}

bool submit_report::all_accepted() const {
  return accepted == answered && unanswered == 0 && bad_rows == 0 && ended_early.empty();
}

double submit_report::payments_per_s() const {
  return elapsed_ns <= 0 ? 0 : static_cast<double>(answered) * 1e9 / static_cast<double>(elapsed_ns);
}

std::string report_text(const submit_report& r, const submit_plan& plan) {
  auto out = fmt::format("{} answered in {}: {} payments/s ({} in flight, {})\n", counted(r.answered, "payment"),
                         duration_text(r.elapsed_ns), grouped(static_cast<uint64_t>(r.payments_per_s())),
                         plan.in_flight, counted(plan.connections, "connection"));
  if (r.latency.count() > 0)
    out += fmt::format("latency, first sending to answer: p50 {}, p99 {}, max {}\n",
                       duration_text(r.latency.percentile_ns(0.50)), duration_text(r.latency.percentile_ns(0.99)),
                       duration_text(r.latency.max_ns()));
  text_table table({{"  outcome"}, {"payments", align::right}});
  for (const auto& [key, number] : r.outcomes)
    table.add({"  " + outcome_text(key), grouped(number)});
  if (!table.empty())
    out += table.render();
  if (r.duplicates > 0)
    out += r.duplicates == r.answered
               ? fmt::format("all of them were known already: {}, nothing was paid again\n",
                             counted(r.duplicates, "duplicate"))
               : fmt::format("{} among them: known already, not paid again\n", counted(r.duplicates, "duplicate"));
  if (r.merchants_opened + r.merchants_existing > 0)
    out +=
        fmt::format("{} opened, {} existed\n", counted(r.merchants_opened, "merchant"), grouped(r.merchants_existing));
  if (r.resent > 0)
    out += fmt::format("{} sent again because the server was busy or a connection broke\n", grouped(r.resent));
  if (r.reconnected > 0)
    out += fmt::format("reconnected {}\n", counted(r.reconnected, "time"));
  if (r.bad_rows > 0)
    out += fmt::format("{} not sent\n", counted(r.bad_rows, "bad row"));
  if (r.unanswered > 0)
    out += fmt::format("{} without an answer: their fate is unknown. Run the same command again: what was accepted "
                       "is answered from the order, never paid twice\n",
                       counted(r.unanswered, "payment"));
  if (!r.ended_early.empty())
    out += fmt::format("ended early: {}\n", r.ended_early);
  return out;
}

nlohmann::ordered_json report_json(const submit_report& r, const submit_plan& plan) {
  auto outcomes = nlohmann::ordered_json::array();
  for (const auto& [key, number] : r.outcomes)
    outcomes.push_back({{"fate", name(key.fate)}, {"channel", key.channel}, {"code", key.code}, {"count", number}});
  auto o = nlohmann::ordered_json::object();
  o["answered"] = r.answered;
  o["accepted"] = r.accepted;
  o["duplicates"] = r.duplicates;
  o["unanswered"] = r.unanswered;
  o["bad_rows"] = r.bad_rows;
  o["merchants_opened"] = r.merchants_opened;
  o["merchants_existing"] = r.merchants_existing;
  o["resent"] = r.resent;
  o["reconnected"] = r.reconnected;
  o["in_flight"] = plan.in_flight;
  o["connections"] = plan.connections;
  o["elapsed_ns"] = r.elapsed_ns;
  o["payments_per_s"] = r.payments_per_s();
  o["latency_ns"] = {
      {"p50", r.latency.percentile_ns(0.50)}, {"p99", r.latency.percentile_ns(0.99)}, {"max", r.latency.max_ns()}};
  o["outcomes"] = std::move(outcomes);
  o["ended_early"] =
      r.ended_early.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(printable(r.ended_early));
  return o;
}

} // namespace oncepay::cli
