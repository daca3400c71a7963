#include "cli/sim/report.hpp"

#include "actors/domain/trajectory.hpp"
#include "cli/sim/build.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

namespace oncepay::cli {

namespace {

constexpr size_t columns_max = 120;
constexpr size_t failed_seeds_named_max = 20;

std::string simulated_text(int64_t us) {
  constexpr int64_t us_per_day = 86'400'000'000;
  return us < 2 * us_per_day ? duration_text(us * ns_per_us)
                             : fmt::format("{:.1f} days", static_cast<double>(us) / static_cast<double>(us_per_day));
}

/// The order a violation is about, as `audit` takes it; empty where it is about none.
std::string audited_order(const sim::run_violation& v) {
  const auto& stream = v.what.stream;
  if (!stream || stream->empty() || stream->kind() != stream_kind::order)
    return {};
  return fmt::format("{} {}", shell_word(stream->part(0)), shell_word(stream->part(1)));
}

std::string summary_text(const sim_report& report, const sim_request& request) {
  const auto& t = report.totals;
  text_table counts_table({{""}, {"", align::right}, {""}});
  const auto section = [&](std::string_view title, const std::map<std::string, uint64_t>& counts) {
    if (counts.empty())
      counts_table.add({std::string(title), "", "none"});
    bool is_first = true;
    for (const auto& [what, count] : counts) {
      counts_table.add({is_first ? std::string(title) : "", grouped(count), printable(what)});
      is_first = false;
    }
  };
  section("orders", t.fates);
  section("faults", t.faults);
  text_table table({{""}, {""}});
  const auto add = [&](std::string_view what, std::string value) {
    table.add({std::string(what), std::move(value)});
  };
  add("orders sent", grouped(t.orders));
  add("decisions", grouped(t.decisions));
  add("steps", grouped(t.steps));
  add("simulated", simulated_text(t.simulated_us));
  add("took", request.many ? fmt::format("{} with {}", duration_text(report.elapsed_ns), counted(request.jobs, "job"))
                           : duration_text(report.elapsed_ns));
  add("speed", fmt::format("{} orders/s a core", grouped(static_cast<uint64_t>(t.orders_per_core_s()))));
  if (!request.many)
    add("log hash", t.hashes().empty() ? "none" : t.hashes().begin()->second);
  else if (!report.interrupted)
    add("digest", t.digest());
  return counts_table.render() + '\n' + table.render();
}

std::string violation_text(const sim::run_violation& v, uint64_t seed, const sim_request& request) {
  text_table table({{""}, {""}});
  const auto add = [&](std::string_view what, std::string value) {
    table.add({fmt::format("  {}", what), std::move(value)});
  };
  add("says", printable(v.what.sentence));
  add("seed", fmt::format("{}", seed));
  add("build", build_text());
  if (v.at) {
    add("step", fmt::format("{}, with the log at position {}", v.step, v.position));
    add("time", fmt::format("{}, simulated", to_string(v.at)));
  }
  auto out = fmt::format("VIOLATION of {}\n{}", printable(v.what.checker), table.render(columns_max));
  if (!v.trajectory.empty()) {
    out += fmt::format("  trajectory\n    {}\n", digest_header());
    for (const auto& line : v.trajectory)
      out += fmt::format("    {}\n", printable(line));
  }
  if (const auto order = audited_order(v); !order.empty() && !request.keep.empty())
    out += fmt::format("  audit       oncepay audit --data {} {}\n", shell_word(request.keep), order);
  return out;
}

std::string violations_text(const sim_report& report, const sim_request& request) {
  const auto& t = report.totals;
  std::string out;
  size_t shown = 0;
  for (const auto& [seed, violations] : t.told()) {
    if (shown == sim_seeds_shown_max)
      break;
    ++shown;
    for (const auto& v : violations)
      out += '\n' + violation_text(v, seed, request);
    out += fmt::format("  reproduce   {}\n", reproducing_command(request, seed));
  }
  if (t.failed().size() > shown) {
    out += fmt::format("\n{} broke a rule:", counted(t.failed().size() - shown, "more seed"));
    size_t at = 0;
    for (const auto& [seed, count] : t.failed())
      if (at++ >= shown && at <= shown + failed_seeds_named_max)
        out += fmt::format(" {}", seed);
    out += t.failed().size() - shown > failed_seeds_named_max ? " …\n" : "\n";
  }
  return out;
}

} // namespace

std::string sim_report_text(const sim_report& report, const sim_request& request) {
  const auto& t = report.totals;
  auto out = fmt::format(
      "{}: {}\n", what_runs(request),
      request.many ? fmt::format("seeds {} to {}, {} run", request.seeds.first, request.seeds.last, grouped(t.seeds()))
                   : fmt::format("seed {}", t.hashes().empty() ? request.seeds.first : t.hashes().begin()->first));
  out += '\n' + summary_text(report, request) + '\n';
  if (report.interrupted)
    out += fmt::format("interrupted: this is what was done until then; under way {} {}\n",
                       report.under_way.size() == 1 ? "was seed" : "were seeds", fmt::join(report.under_way, ", "));
  out += t.ok() ? t.seeds() == 0 ? std::string("no run was finished\n") : "every rule was kept\n"
                : fmt::format("{} broke a rule\n", counted(t.failed().size(), "seed"));
  return out + violations_text(report, request);
}

std::string sim_hash_lines(const sim_totals& totals) {
  std::string out;
  for (const auto& [seed, hash] : totals.hashes())
    out += fmt::format("{} {}\n", seed, hash.empty() ? "crashed" : hash);
  return out;
}

std::string sim_violation_lines(const sim_report& report, const sim_request& request) {
  std::string out;
  for (const auto& [seed, violations] : report.totals.told())
    out += fmt::format("oncepay: sim: seed {} broke a rule: {}; {}\n", seed,
                       printable(violations.front().what.sentence), reproducing_command(request, seed));
  if (const auto untold = report.totals.failed().size() - report.totals.told().size(); untold > 0)
    out += fmt::format("oncepay: sim: {} broke a rule\n", counted(untold, "more seed"));
  return out;
}

std::string sim_smallest_text(const sim_smallest& s, const sim_request& request) {
  auto again = request;
  again.scenario = "FILE";
  again.days = 0;
  return fmt::format("\nseed {} shrunk in {}{}: {} and {} still break {}: {}\n"
                     "with the scenario below saved as FILE, run: {}\n\n",
                     s.seed, counted(s.runs, "run"), s.ended_early ? ", and could be smaller" : "",
                     counted(s.orders, "order"), counted(s.disturbances, "disturbance"),
                     printable(s.violation.what.checker), printable(s.violation.what.sentence),
                     reproducing_command(again, s.seed));
}

exit_code sim_exit_code(const sim_report& report) {
  if (!report.totals.ok())
    return exit_code::negative;
  return report.interrupted ? exit_code::interrupted : exit_code::ok;
}

} // namespace oncepay::cli
