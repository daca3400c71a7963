#include "cli/bench/report.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/table.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace oncepay::cli {

namespace {

/// Kinds of outcome kept apart; the codes of channels have no bound of ours.
constexpr size_t outcomes_max = 1'000;

constexpr std::array<std::pair<const char*, double>, 4> percentiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

double per(double value, uint64_t count) {
  return count == 0 ? 0 : value / static_cast<double>(count);
}

double per_s(uint64_t count, int64_t elapsed_ns) {
  return elapsed_ns <= 0 ? 0 : static_cast<double>(count) * 1e9 / static_cast<double>(elapsed_ns);
}

int64_t total_ns(const process_usage& used) {
  return used.user_ns + used.system_ns;
}

std::string latency_text(const latency_histogram& h) {
  std::string out;
  for (const auto& [title, share] : percentiles)
    out += fmt::format("{} {}, ", title, duration_text(h.percentile_ns(share)));
  return out + fmt::format("max {}", duration_text(h.max_ns()));
}

nlohmann::ordered_json latency_json(const latency_histogram& h) {
  auto o = nlohmann::ordered_json::object();
  for (const auto& [title, share] : percentiles)
    o[title] = h.percentile_ns(share);
  o["max"] = h.max_ns();
  return o;
}

std::string load_text(const bench_report& r) {
  const auto connections = counted(r.plan.connections, "connection");
  return r.plan.rate_per_s > 0 ? fmt::format("open loop: {} payments meant to be sent a second, {}",
                                             grouped(static_cast<uint64_t>(r.plan.rate_per_s)), connections)
                               : fmt::format("closed loop: {} in flight, {}", grouped(r.plan.in_flight), connections);
}

std::string server_text(const bench_report& r) {
  if (!r.server_used)
    return "server: its process isn't seen from here; name it by --server-pid\n";
  const auto& used = *r.server_used;
  const auto us = [&](int64_t ns) {
    return per(static_cast<double>(ns) / 1e3, r.accepted);
  };
  return fmt::format("server: {:.1f} us of processor a payment ({:.1f} user, {:.1f} system), {:.2f} processors busy, "
                     "{:.2f} page faults a payment, {} of memory at most\n",
                     us(total_ns(used)), us(used.user_ns), us(used.system_ns),
                     per(static_cast<double>(total_ns(used)), static_cast<uint64_t>(r.load.elapsed_ns)),
                     per(static_cast<double>(used.page_faults), r.accepted), bytes_text(r.anonymous_bytes_max));
}

std::string log_text(const bench_report& r) {
  if (!r.logged)
    return "";
  const auto& l = *r.logged;
  return fmt::format("log: {:.2f} records and {:.0f} bytes a payment; {} commits/s, {:.1f} records a commit\n",
                     per(static_cast<double>(l.decisions), r.accepted),
                     per(static_cast<double>(l.file_bytes), r.accepted),
                     grouped(static_cast<uint64_t>(per_s(l.commits, r.load.elapsed_ns))),
                     per(static_cast<double>(l.decisions), l.commits));
}

/// What must not have happened, each in a line of its own.
std::string fault_text(const bench_report& r) {
  std::string out;
  const auto add = [&](std::string_view what, uint64_t count) {
    if (count > 0)
      out += fmt::format("WRONG: {}: {}\n", what, grouped(count));
  };
  add("payments never answered", r.load.unanswered);
  add("answers to payments that were answered already", r.load.doubled);
  add("answers to payments that were never sent", r.load.strays);
  add("answers that speak of another order", r.other_order);
  add("payments refused otherwise than by \"busy\", which measures nothing", r.refused);
  return out;
}

} // namespace

void bench_report::count(const command& asked, const reply& r, int64_t latency_ns) {
  auto key = outcome_of(r);
  if (outcomes.size() >= outcomes_max && !outcomes.contains(key))
    key = {.fate = key.fate, .channel = {}, .code = "(others)"};
  ++outcomes[key];
  const auto& pay = std::get<pay_command>(asked.body);
  const auto* order = std::get_if<order_view>(&r.body);
  if (order != nullptr && (order->merchant != pay.merchant || order->order_no != pay.order_no))
    ++other_order;
  if (is_accepted(key.fate)) {
    ++accepted;
    duplicates += r.duplicate;
    latency.add(latency_ns);
  } else if (r.code == errc::busy || r.code == errc::channel_busy) {
    ++busy;
    busy_latency.add(latency_ns);
  } else {
    ++refused;
  }
}

bool bench_report::is_sound() const {
  return load.unanswered + load.doubled + load.strays + other_order + refused == 0;
}

double bench_report::accepted_per_s() const {
  return per_s(accepted, load.elapsed_ns);
}

std::string_view name(mix_shape shape) {
  switch (shape) {
  case mix_shape::uniform:
    return "uniform";
  case mix_shape::zipf:
    return "zipf";
  case mix_shape::hot:
    return "hot";
  }
  return "uniform";
}

std::string report_text(const bench_report& r) {
  auto out = fmt::format("{} payments/s: {} answered in {} ({}; {} over {})\n",
                         grouped(static_cast<uint64_t>(r.accepted_per_s())), counted(r.accepted, "payment"),
                         duration_text(r.load.elapsed_ns), load_text(r), name(r.mix.shape),
                         counted(r.mix.shape == mix_shape::hot ? 1 : r.mix.merchants, "merchant"));
  if (r.latency.count() > 0)
    out +=
        fmt::format("latency, counted from the {}: {}\n",
                    r.plan.rate_per_s > 0 ? "time a payment was meant to be sent" : "sending", latency_text(r.latency));
  if (r.busy > 0)
    out += fmt::format("told busy, and not sent again: {} in {}\n", grouped(r.busy), latency_text(r.busy_latency));
  text_table table({{"  outcome"}, {"payments", align::right}});
  for (const auto& [key, number] : r.outcomes)
    table.add({"  " + outcome_text(key), grouped(number)});
  if (!table.empty())
    out += table.render();
  if (r.duplicates > 0)
    out += fmt::format("{} were known already: nothing was paid for them\n", grouped(r.duplicates));
  out += server_text(r) + log_text(r);
  out += fmt::format("generator: {:.1f} us of processor a payment",
                     per(static_cast<double>(total_ns(r.generator_used)) / 1e3, r.load.sent));
  if (r.load.sent_late.count() > 0)
    out += fmt::format("; behind its own pace by {}", latency_text(r.load.sent_late));
  out += "\n" + fault_text(r);
  if (!r.load.broke.empty())
    out += fmt::format("ended early: {}\n", printable(r.load.broke));
  return out;
}

nlohmann::ordered_json report_json(const bench_report& r) {
  auto o = nlohmann::ordered_json::object();
  o["mix"] = name(r.mix.shape);
  o["merchants"] = r.mix.merchants;
  o["seed"] = r.mix.seed;
  o["rate"] = r.plan.rate_per_s > 0 ? nlohmann::ordered_json(r.plan.rate_per_s) : nlohmann::ordered_json(nullptr);
  o["in_flight"] = r.plan.in_flight;
  o["connections"] = r.plan.connections;
  o["elapsed_ns"] = r.load.elapsed_ns;
  o["sent"] = r.load.sent;
  o["answered"] = r.load.answered;
  o["accepted"] = r.accepted;
  o["payments_per_s"] = r.accepted_per_s();
  o["latency_ns"] = latency_json(r.latency);
  o["busy"] = r.busy;
  o["busy_latency_ns"] = latency_json(r.busy_latency);
  o["refused"] = r.refused;
  o["duplicates"] = r.duplicates;
  o["unanswered"] = r.load.unanswered;
  o["doubled"] = r.load.doubled;
  o["strays"] = r.load.strays;
  o["other_order"] = r.other_order;
  auto outcomes = nlohmann::ordered_json::array();
  for (const auto& [key, number] : r.outcomes)
    outcomes.push_back({{"fate", name(key.fate)}, {"channel", key.channel}, {"code", key.code}, {"count", number}});
  o["outcomes"] = std::move(outcomes);
  o["server"] = nullptr;
  if (r.server_used)
    o["server"] = {{"pid", *r.server},
                   {"user_ns", r.server_used->user_ns},
                   {"system_ns", r.server_used->system_ns},
                   {"ns_a_payment", per(static_cast<double>(total_ns(*r.server_used)), r.accepted)},
                   {"page_faults_a_payment", per(static_cast<double>(r.server_used->page_faults), r.accepted)},
                   {"anonymous_bytes_max", r.anonymous_bytes_max}};
  o["log"] = nullptr;
  if (r.logged)
    o["log"] = {{"records", r.logged->decisions},
                {"commits", r.logged->commits},
                {"file_bytes", r.logged->file_bytes},
                {"records_a_payment", per(static_cast<double>(r.logged->decisions), r.accepted)},
                {"bytes_a_payment", per(static_cast<double>(r.logged->file_bytes), r.accepted)},
                {"commits_per_s", per_s(r.logged->commits, r.load.elapsed_ns)},
                {"records_a_commit", per(static_cast<double>(r.logged->decisions), r.logged->commits)}};
  o["generator"] = {{"ns_a_payment", per(static_cast<double>(total_ns(r.generator_used)), r.load.sent)},
                    {"sent_late_ns", latency_json(r.load.sent_late)}};
  o["ended_early"] =
      r.load.broke.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(printable(r.load.broke));
  return o;
}

} // namespace oncepay::cli
